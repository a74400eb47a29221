"""Pieces in, one gzip member out."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from media.hls.reply import Piece, Reply


@given(st.lists(st.binary(max_size=2000), max_size=6))
def test_pieces_make_one_member_with_the_whole_text(texts: list[bytes]) -> None:
    reply = Reply([Piece(text) for text in texts])
    assert reply.body == b"".join(texts)
    # One member and nothing behind it: browsers stop at its end.
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert reader.decompress(reply.gzipped) == reply.body
    assert reader.eof
    assert not reader.unused_data
    assert gzip.decompress(reply.gzipped) == reply.body


def test_a_piece_is_compressed_once_for_all_versions() -> None:
    old = Piece(b"#EXTINF:1.92000,\n" * 1000)
    first = Reply([old, Piece(b"a")]).gzipped
    assert old.deflated is old.deflated
    assert Reply([old, Piece(b"b")]).gzipped[:-20] == first[:-20]
