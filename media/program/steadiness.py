"""What does not move stays exactly as it is: sensor noise is not worth encoding.

Blocks of 16 by 16 pixels that differ from the held picture by no more than noise keep the held
one's pixels, so that the encoders skip them. A block changes when one pixel moves by more than
noise does, when its mean drifts, and in any case every two seconds. Nothing is held across a change
of masks, places or the gate: whoever composes calls ``forget`` there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from media.program.canvas import Bytes, Canvas

_BLOCK = 16
_NOISE = 8  # steps of luma; twice the noise of a lit room's camera after its own encoder
_DRIFT = 1  # of a block's mean
# Differences are looked for in every other row and means in every fourth: this is done for each
# picture, and must cost less than it saves.
_LOOK_ROWS, _MEAN_ROWS = 2, 4
_FEW = 0.3  # share of new blocks up to which they are copied one by one
_RENEW_EVERY = 48  # pictures: a block is held no longer than a segment lasts
_GRAIN = 3  # steps of luma; less is a codec's, and costs the encoders nothing
_USEFUL = 0.3  # share of blocks that are held although they differ by more
_TRY, _PAUSE = 12, 250  # pictures; clean or restless sources gain nothing

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Sums = np.ndarray[Any, np.dtype[np.int32]]


class Steadiness:
    """Holds a picture of one size. Not for more than one thread."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Hold nothing yet."""
        width, height = size
        self._rows, self._columns = height // _BLOCK, width // _BLOCK
        self._height, self._width = self._rows * _BLOCK, self._columns * _BLOCK
        self.held = Canvas(size)
        self._sums: Sums | None = None
        self._difference = np.empty((self._height // _LOOK_ROWS, self._width), np.uint8)
        self._lower = np.empty_like(self._difference)
        number = np.arange(self._rows * self._columns).reshape(self._rows, self._columns)
        self._turns = number % _RENEW_EVERY
        self._turn = 0
        self._tried, self._gained, self._paused = 0, 0.0, 0

    def forget(self) -> None:
        """Hold nothing of what was shown before."""
        self._sums = None

    def worth_it(self) -> bool:
        """Tell whether the next picture should be taken; to be asked once for each."""
        if self._paused:
            self._paused -= 1
            if self._paused == 0:
                self.forget()
        return self._paused == 0

    def take(self, picture: Canvas) -> bool:
        """Bring ``held`` up to a picture; tell whether anything in it is new."""
        sums = self._block_sums(picture)
        if self._sums is None:
            np.copyto(self.held.block, picture.block)
            self._sums = sums
            return True
        most = self._block_differences(picture)
        self._turn = (self._turn + 1) % _RENEW_EVERY
        old = self._turns == self._turn
        drift = np.abs(sums - self._sums) > _DRIFT * _BLOCK * _BLOCK // _MEAN_ROWS
        new = (most > _NOISE) | drift | (old & (most > 0))
        self._judge(float(((most >= _GRAIN) & ~new).mean()))
        edges = self._take_edges(picture)
        if not new.any():
            return edges
        np.copyto(self._sums, sums, where=new)
        self._renew(picture, new)
        return True

    def _block_sums(self, picture: Canvas) -> Sums:
        luma = picture.planes[0][: self._height, : self._width]
        tall = luma.reshape(self._rows, _BLOCK, self._width)[:, ::_MEAN_ROWS]
        columns = np.add.reduce(tall, axis=1, dtype=np.uint16)
        return np.asarray(np.add.reduce(self._turned(columns), axis=0, dtype=np.int32))

    def _block_differences(self, picture: Canvas) -> Bytes:
        """Return each block's largest difference of luma."""
        rows = np.s_[: self._height : _LOOK_ROWS, : self._width]
        new, held = picture.planes[0][rows], self.held.planes[0][rows]
        np.maximum(new, held, out=self._difference)
        np.minimum(new, held, out=self._lower)
        np.subtract(self._difference, self._lower, out=self._difference)
        tall = self._difference.reshape(self._rows, _BLOCK // _LOOK_ROWS, self._width)
        columns = np.maximum.reduce(tall, axis=1)
        return np.asarray(np.maximum.reduce(self._turned(columns), axis=0))

    def _turned(self, columns: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return a block's columns one above the other: NumPy is fast along long rows only."""
        turned = columns.reshape(-1, _BLOCK).T
        return np.ascontiguousarray(turned).reshape(_BLOCK, self._rows, self._columns)

    def _renew(self, picture: Canvas, new: Mask) -> None:
        """Copy blocks into the held picture."""
        copy = _copy_few if new.mean() < _FEW else _copy_many
        for index, (held, source) in enumerate(zip(self.held.planes, picture.planes, strict=True)):
            size = _BLOCK if index == 0 else _BLOCK // 2
            height, width = self._rows * size, self._columns * size
            copy(held[:height, :width], source[:height, :width], new, size)

    def _take_edges(self, picture: Canvas) -> bool:
        """Copy what is right of and below the last whole block; tell whether it differs."""
        differs = False
        for index, (held, source) in enumerate(zip(self.held.planes, picture.planes, strict=True)):
            height, width = (side >> min(index, 1) for side in (self._height, self._width))
            for part in (np.s_[height:, :], np.s_[:height, width:]):
                if not np.array_equal(held[part], source[part]):
                    differs = True
                    np.copyto(held[part], source[part])
        return differs

    def _judge(self, gained: float) -> None:
        """Pause for ten seconds if the last pictures were hardly noisy."""
        self._tried += 1
        self._gained += gained
        if self._tried == _TRY:
            if self._gained < _USEFUL * _TRY:
                self._paused = _PAUSE
            self._tried, self._gained = 0, 0.0


def _copy_few(target: Bytes, source: Bytes, chosen: Mask, size: int) -> None:
    """Copy the chosen blocks of a plane, one after the other."""
    rows, columns = chosen.shape
    shape = rows, size, columns, size
    at = np.nonzero(chosen)
    target.reshape(shape)[at[0], :, at[1], :] = source.reshape(shape)[at[0], :, at[1], :]


def _copy_many(target: Bytes, source: Bytes, chosen: Mask, size: int) -> None:
    """Copy the chosen blocks of a plane bit by bit: that does not depend on their number."""
    bits = np.where(chosen, np.uint8(255), np.uint8(0))
    change = np.bitwise_xor(target, source)
    np.bitwise_and(change, np.repeat(np.repeat(bits, size, 1), size, 0), out=change)
    np.bitwise_xor(target, change, out=target)
