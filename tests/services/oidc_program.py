"""The provider as a program that also signs what a test wants signed with its key (``/sign``)."""

import flask
from authlib.jose import jwt
from oidc_provider_mock import __main__ as program
from oidc_provider_mock._storage import storage

make_app = program.app


def sign() -> str:
    """Sign the claims of the body; what it says of itself comes as ``typ``."""
    header = {"alg": "RS256", "typ": flask.request.args.get("typ", "logout+jwt")}
    token: bytes = jwt.encode(header, flask.request.get_json(), storage.jwk)
    return token.decode()


def app(**options: object) -> flask.Flask:
    """Make the provider, with this."""
    made: flask.Flask = make_app(**options)
    made.add_url_rule("/sign", methods=["POST"], view_func=sign)
    return made


program.app = app
if __name__ == "__main__":
    program.run()
