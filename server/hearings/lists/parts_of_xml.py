"""XML from strangers, read as a stream: no document type, no entities, bounded depth [pure].

Expat of the standard library is safe once no DTD is taken: entity bombs, external entities and
attribute defaults all need one (the reasons are those of ``defusedxml``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

from server.errors import Invalid

DEEPEST: Final = 64
_PIECE: Final = 65536

Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]


def local(name: str) -> str:
    """Return an element's name without its namespace."""
    return name.rpartition(" ")[2]


def parse(data: bytes, start: Start, end: End, text: Callable[[str], None]) -> None:
    """Call back for each element and text; names of elements come without their namespace.

    Raises ``Invalid`` for what is not well-formed, too deep, or has a document type.
    """
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _broken()
        start(local(name), attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(local(name))

    def refused(*_: object) -> None:
        raise Invalid("This workbook has XML that no spreadsheet writes.", field="file")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    parser.ExternalEntityRefHandler = refused  # type: ignore[assignment]
    try:
        for at in range(0, len(data), _PIECE):
            parser.Parse(data[at : at + _PIECE], False)  # noqa: FBT003
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError:
        raise _broken() from None


def _broken() -> Invalid:
    return Invalid("This workbook is damaged; save it again as .xlsx.", field="file")
