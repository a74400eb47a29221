"""Makes a self-signed certificate for a first start; the court's own one takes its place."""

import datetime
import ipaddress
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

VALID_FOR = datetime.timedelta(days=365)
READABLE_BY_OWNER = 0o600


def make(folder: Path, names: list[str]) -> bool:
    """Write cert.pem and key.pem unless they are there; tell whether they were made."""
    key_file, certificate_file = folder / "key.pem", folder / "cert.pem"
    if key_file.exists() and certificate_file.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    key_file.touch(READABLE_BY_OWNER)
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate = _certificate(key, names)
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return True


def _certificate(key: ec.EllipticCurvePrivateKey, names: list[str]) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tingbo")])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


if __name__ == "__main__":
    made = make(Path(sys.argv[1]), sys.argv[2:] or ["localhost", "127.0.0.1"])
    print("made a self-signed certificate" if made else "there is a certificate already")
