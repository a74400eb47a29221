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
_RENEW_EVERY = 48  # pictures: a block is held no longer than a segment lasts
_USEFUL = 0.2  # share of blocks that are held although they differ
_TRY, _PAUSE = 25, 250  # pictures; clean or restless sources gain nothing

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
        self._difference = np.empty((self._height, self._width), np.uint8)
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
        drift = np.abs(sums - self._sums) > _DRIFT * _BLOCK * _BLOCK
        new = (most > _NOISE) | drift | (old & (most > 0))
        self._judge(float(((most > 0) & ~new).mean()))
        edges = self._take_edges(picture)
        if not new.any():
            return edges
        np.copyto(self._sums, sums, where=new)
        self._renew(picture, new)
        return True

    def _block_sums(self, picture: Canvas) -> Sums:
        luma = picture.planes[0][: self._height, : self._width]
        tall = luma.reshape(self._rows, _BLOCK, self._width)
        columns = np.add.reduce(tall, axis=1, dtype=np.uint16)
        blocks = columns.reshape(self._rows, self._columns, _BLOCK)
        return np.asarray(np.add.reduce(blocks, axis=2, dtype=np.int32))

    def _block_differences(self, picture: Canvas) -> Bytes:
        """Return each block's largest difference of luma."""
        new, held = (one.planes[0][: self._height, : self._width] for one in (picture, self.held))
        np.maximum(new, held, out=self._difference)
        np.minimum(new, held, out=self._lower)
        np.subtract(self._difference, self._lower, out=self._difference)
        tall = self._difference.reshape(self._rows, _BLOCK, self._width)
        columns = np.maximum.reduce(tall, axis=1)
        return np.asarray(
            np.maximum.reduce(columns.reshape(self._rows, self._columns, _BLOCK), axis=2)
        )

    def _renew(self, picture: Canvas, new: Mask) -> None:
        """Copy blocks into the held picture: by single bits, since choosing costs more."""
        bits = np.where(new, np.uint8(255), np.uint8(0))
        for index, (held, source) in enumerate(zip(self.held.planes, picture.planes, strict=True)):
            size = _BLOCK if index == 0 else _BLOCK // 2
            chosen = np.repeat(np.repeat(bits, size, 1), size, 0)
            height, width = chosen.shape
            target = held[:height, :width]
            change = np.bitwise_xor(target, source[:height, :width])
            np.bitwise_and(change, chosen, out=change)
            np.bitwise_xor(target, change, out=target)

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
        """Pause for ten seconds if a second's pictures would hardly have been noisy."""
        self._tried += 1
        self._gained += gained
        if self._tried == _TRY:
            if self._gained < _USEFUL * _TRY:
                self._paused = _PAUSE
            self._tried, self._gained = 0, 0.0
