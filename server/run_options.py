"""What `scripts/run` takes on its command line. Standard library only: it is read before set-up."""

import argparse

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
DEFAULT_DATA = "data"
MOST_CAMERAS = 4
LONGEST_DELAY = 30 * 60


def parser() -> argparse.ArgumentParser:
    """Return the parser of the service's arguments."""
    parser = argparse.ArgumentParser(
        prog="scripts/run",
        description="Start Tingbo: the portal, the console and the whole line behind them.",
        epilog="The first start sets everything up; it needs Python 3.11 or newer and a package "
        "registry. SIGTERM or Ctrl-C stops it cleanly.",
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="add a demonstration court and put two of its hearings on the air",
    )
    parser.add_argument(
        "--camera",
        action="append",
        default=[],
        metavar="URL",
        help="take this address as a camera of the first hearing instead of the demonstration's "
        f"scene (up to {MOST_CAMERAS} times)",
    )
    parser.add_argument(
        "--delay",
        type=_delay,
        metavar="S",
        help="public delay of the first hearing in seconds, 0 to 1800",
    )
    parser.add_argument(
        "--host", default=DEFAULT_HOST, help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="port to listen on, 0 for any free one (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        default=DEFAULT_DATA,
        metavar="DIR",
        help="where records, recordings and the database are kept (default: %(default)s)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one line of JSON with all addresses when ready, and nothing else",
    )
    return parser


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments, or end with a sentence about the wrong one."""
    its = parser()
    values = its.parse_args(arguments)
    if len(values.camera) > MOST_CAMERAS:
        its.error(f"a hearing has at most {MOST_CAMERAS} cameras")
    return values


def _delay(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_DELAY:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a delay from 0 to {LONGEST_DELAY} seconds"
        )
    return seconds


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return port
