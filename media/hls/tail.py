"""The newest bytes of a rendition, kept in memory; what is older lies on disk."""

from __future__ import annotations

from collections.abc import Container


class Tail:
    """Parts by segment and number; remembers which of them were given out."""

    def __init__(self) -> None:
        self._parts: dict[int, dict[int, bytes]] = {}
        self._whole: dict[int, bytes] = {}
        self._served: dict[int, set[int]] = {}

    @property
    def size(self) -> int:
        """Bytes that are held."""
        parts = sum(len(data) for parts in self._parts.values() for data in parts.values())
        return parts + sum(len(data) for data in self._whole.values())

    def put(self, msn: int, part: int, data: bytes) -> None:
        """Keep a part."""
        self._parts.setdefault(msn, {})[part] = data

    def part(self, msn: int, part: int) -> bytes | None:
        """Give out a part."""
        data = self._parts.get(msn, {}).get(part)
        if data is not None:
            self._served.setdefault(msn, set()).add(part)
        return data

    def segment(self, msn: int, parts: int) -> bytes | None:
        """Give out a segment of that many parts, if all of them are here."""
        held = self._parts.get(msn, {})
        if not parts or len(held) != parts:
            return None
        whole = self._whole.get(msn)
        if whole is None:
            whole = self._whole[msn] = b"".join(held[part] for part in range(parts))
        self._served.setdefault(msn, set()).update(held)
        return whole

    def was_served(self, msn: int, part: int) -> bool:
        """Whether anyone got the part, alone or in its segment."""
        return part in self._served.get(msn, ())

    def drop(self, msn: int, part: int) -> None:
        """Throw a part away."""
        self._parts.get(msn, {}).pop(part, None)
        self._whole.pop(msn, None)

    def keep_from(self, msn: int, besides: Container[int] = ()) -> None:
        """Throw away all segments before this one, ``besides`` some."""
        for held in (self._parts, self._whole, self._served):
            for old in [number for number in held if number < msn and number not in besides]:
                del held[old]

    def adopt(self, other: Tail, msns: set[int], before: int) -> None:
        """Take over what the other one holds of these segments, and of all before a number."""
        for msn, held in other._parts.items():
            if msn >= before and msn not in msns:
                continue
            for part, data in held.items():
                self._parts.setdefault(msn, {}).setdefault(part, data)
            self._served.setdefault(msn, set()).update(other._served.get(msn, ()))
