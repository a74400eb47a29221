import pytest

from server.issuer import accept_issuer, is_guarded


@pytest.mark.parametrize(
    "address",
    [
        "https://id.court.example",
        "https://id.court.example:8443/realms/court",
        "http://127.0.0.1:9",
    ],
)
def test_what_nobody_reads_on_the_way_is_taken(address: str) -> None:
    assert accept_issuer(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "id.court.example",
        "http://id.court.example",
        "http://127.0.0.1.evil.example",
        "https://",
        "https://user:word@id.court.example",
        "https://id.court.example/#x",
        "https://id.court.example/?x=1",
        "https://id.court.example:port",
        "https://id.court.example/a b",
        "ftp://id.court.example",
        "javascript:alert(1)",
        "https://" + "x" * 250 + ".example",
    ],
)
def test_what_others_could_read_is_not(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        accept_issuer(address)


def test_a_provider_elsewhere_does_not_lead_to_this_machine() -> None:
    assert not is_guarded("http://localhost/token", plain_here=False)
    assert not is_guarded(None)
    assert not is_guarded(7)
