"""The edge's configuration as it is deployed, for an nginx on loopback."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATE = Path(__file__).parent.parent.parent / "scripts" / "deploy" / "nginx.conf.template"
AROUND = """
pid nginx.pid;
worker_processes 1;
events {}
http {
    types { application/octet-stream bin; }
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp;
    uwsgi_temp_path temp; scgi_temp_path temp;
%s
}
"""


def configuration(**settings: str) -> str:
    """Put the settings into the template as the image's start script does."""
    filled = re.sub(
        r"\$\{(TINGBO_[A-Z_]+)\}", lambda found: settings[found[1]], TEMPLATE.read_text()
    )
    return AROUND % filled


def edge_configuration(upstream: str, http_port: int, https_port: int, tls: Path) -> str:
    """Return the configuration for a service at ``upstream``, with the certificate in ``tls``."""
    return configuration(
        TINGBO_UPSTREAM=upstream,
        TINGBO_SERVER_NAME="localhost",
        TINGBO_HTTP_PORT=f"127.0.0.1:{http_port}",
        TINGBO_HTTPS_PORT=f"127.0.0.1:{https_port}",
        TINGBO_TLS=str(tls),
        TINGBO_CACHE="cache",
    )
