"""What a camera's volumes tell in clear, in the order of the log: times and gaps, no pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from media.errors import SpoolDamaged
from media.spool.gaps import Fact
from media.spool.places import seal_path, volume_numbers, volume_path
from media.spool.record import Kind
from media.spool.seal import Piece, Seal, parse
from media.spool.volume import Place, Volume


def seals_since(folder: Path, since_us: int) -> dict[int, Seal]:
    """Return the seals of the volumes in which something arrived since a time, by volume.

    A courtroom's volumes go back for years: they are read from the newest on, up to the first that
    is older than that. A seal that is not there is empty.
    """
    seals: dict[int, Seal] = {}
    for number in reversed(volume_numbers(folder)):
        try:
            seal = parse(seal_path(folder, number).read_bytes())
        except FileNotFoundError:
            seal = Seal()
        if seal.pieces and max(piece.to_us for piece in seal.pieces) < since_us:
            break
        seals[number] = seal
    return dict(sorted(seals.items()))


def facts(folder: Path, from_us: int, to_us: int) -> Iterator[Fact]:
    """Yield what the sealed chunks between two times tell; damaged places are passed over.

    A volume that was closed at the start after a crash tells that the recorder had stopped.
    """
    was_stopped = False
    for number, seal in seals_since(folder, from_us).items():
        wanted = [
            piece
            for piece in seal.pieces
            if not piece.is_end and piece.to_us >= from_us and piece.from_us <= to_us
        ]
        if not wanted:
            continue
        if was_stopped:
            yield Fact(wanted[0].from_us, "stopped")
        with contextlib.closing(Volume(volume_path(folder, number), number)) as volume:
            for piece in wanted:
                yield from _of_piece(volume, piece)
        was_stopped = bool(seal.pieces) and seal.pieces[-1].is_recovered


def _of_piece(volume: Volume, piece: Piece) -> Iterator[Fact]:
    at, end = piece.offset, min(piece.end, volume.size())
    while at < end:
        try:
            place = volume.frame(at, end)
            if place is None:
                return
            fact = _of_frame(place)
        except SpoolDamaged:
            return
        if fact is not None:
            yield fact
        at += place.head.size


def _of_frame(place: Place) -> Fact | None:
    if place.head.kind == Kind.PACKET:
        return Fact(place.head.arrival_us, place.packet_front()[0])
    if place.head.kind == Kind.INTERRUPTION:
        told = place.interruption()
        return Fact(place.head.arrival_us, "interruption", told.reason, told.stream or "")
    return None
