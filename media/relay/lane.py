"""One viewer's picture or sound: where it is in its rendition, and what it was sent.

A viewer that begins, goes to another rung or has lost its picture gets the group of pictures from
its key frame on, at a multiple of its speed, and joins the live crowd where it has caught up. Until
there is a key frame it waits.
"""

from __future__ import annotations

import secrets

from media.relay.beginning import FAR_SECONDS
from media.relay.fanout import Load, retransmission, single, transmit
from media.relay.link import Link, Negotiated
from media.relay.numbering import Numbering
from media.relay.pacing import SLICE_PACKETS, Allowance
from media.relay.packed import Packed
from media.relay.resend import Repeats
from media.relay.squeeze import Squeeze, fits
from media.relay.stream import Stream
from media.relay.target import Crowd, Target

# Else one who loses the first packets around a wrap guesses the rollover counter wrong (RFC 3711
# §3.3.1).
_FIRST_NUMBERS = 1 << 15
_MOST_SQUEEZED = 512
_FAR_COPIES = 2
_CHEAP_SECONDS, _CHEAP_BYTES = 0.75, 96 * 1024


class _CatchingUp:
    """How far a lane is that is not live."""

    __slots__ = ("allowance", "cursor", "squeeze", "stamp")

    def __init__(self, cursor: int, allowance: Allowance, last_stamp: int | None) -> None:
        self.cursor = cursor
        self.allowance = allowance
        self.squeeze = Squeeze(last_stamp)
        self.stamp = 0


class Lane:
    """One medium of one viewer."""

    def __init__(self, link: Link, media: Negotiated) -> None:
        self.media = media
        self.stream: Stream | None = None
        self.target = Target(link, media, secrets.randbits(32))
        self.repeats = Repeats()
        self.nacks = self.retransmitted = self.retransmitted_bytes = 0
        self.first_sent_at: float | None = None
        self._alone = Crowd(self.target)
        self._numbering = Numbering[Stream](secrets.randbelow(_FIRST_NUMBERS))
        self._wanted: Stream | None = None
        self._catching: _CatchingUp | None = None
        self._begun: int | None = None  # place of the key frame with which it began
        self._squeezed: dict[int, int] = {}
        self._stamps_from = 0  # of frames with lower numbers it is not known any more
        self._sent_up_to: int | None = None  # place in the stream when neither live nor catching
        self._last_stamp: int | None = None
        self._rtx_number = secrets.randbelow(_FIRST_NUMBERS)

    @property
    def is_live(self) -> bool:
        """Whether the lane belongs to its rendition's crowd."""
        return self.stream is not None and self.target in self.stream.live

    @property
    def wanted(self) -> Stream | None:
        """The rendition the lane is in, or will be in with its next key frame."""
        return self._wanted

    def moved(self) -> None:
        """Take note that the link leads elsewhere."""
        self.target.readdress()
        self._alone.renew()
        if self.stream is not None:
            self.stream.live.renew()

    def begin(self, stream: Stream, now: float) -> None:
        """Go to a rendition: at once where its history allows, else with its next key frame.

        What is live stays so until then.
        """
        if self._wanted is not None:
            self._wanted.forget(self)
        self._wanted = stream
        if not stream.is_video:
            self._go_live_now(stream, now)
            return
        group = stream.history.group()
        if group and fits(len(group), stream.ticks):
            self._begin_with(group[0], stream, now)
        else:
            stream.wait(self, is_urgent=True)

    def change(self, stream: Stream, now: float, *, is_urgent: bool) -> None:
        """Go to another rung: at its next key frame, where its group is too large by now."""
        if self._is_cheap(stream, now):
            self.begin(stream, now)
            return
        if self._wanted is not None:
            self._wanted.forget(self)
        self._wanted = stream
        stream.wait(self, is_urgent=is_urgent)

    def refresh(self, now: float) -> bool:
        """Send the group of pictures again if that costs little; False: a key frame is needed."""
        stream, is_catching = self.stream, self._catching is not None
        if stream is None or stream is not self._wanted or not (is_catching or self.is_live):
            return False
        if self._is_cheap(stream, now):
            self.begin(stream, now)
            return True
        return is_catching

    @staticmethod
    def _is_cheap(stream: Stream, now: float) -> bool:
        """Whether sending a group again costs little more than a key frame would."""
        group = stream.history.group()
        size = sum(len(frame.payloads) for frame in group)
        most = max(_CHEAP_BYTES, stream.bit_rate(now) / 8 * _CHEAP_SECONDS)
        return bool(group) and fits(len(group), stream.ticks) and size <= most

    def begin_at_key(self, now: float) -> None:
        """Begin with the frame that has just been taken."""
        stream = self._wanted
        if stream is not None and stream.newest is not None:
            self._begin_with(stream.newest, stream, now)

    def _go_live_now(self, stream: Stream, now: float) -> None:
        self._leave_stream()
        self._enter(stream, stream.released)
        stream.live.add(self.target)
        self.first_sent_at = self.first_sent_at or now

    def _begin_with(self, first: Packed, stream: Stream, now: float) -> None:
        self._leave_stream()
        self._enter(stream, first.first)
        self._begun = first.first
        self._catching = _CatchingUp(
            first.first, Allowance(stream.bit_rate(now), now), self._last_stamp
        )
        stream.behind.add(self)
        self.catch_up(now)

    def _enter(self, stream: Stream, place: int) -> None:
        offset = self._numbering.begin(stream, place, self._sent_up_to)
        self.target.fields.number_offset = offset
        self.stream = stream

    def _leave_stream(self) -> None:
        """Stop where it is, and remember how far it came."""
        stream = self.stream
        if stream is None:
            return
        if self._catching is not None:
            self._sent_up_to = self._catching.cursor
            self._catching = None
            stream.behind.discard(self)
        elif self.target in stream.live:
            stream.live.discard(self.target)
            self._sent_up_to = stream.released
            if stream.released_stamp is not None:
                self._last_stamp = max(stream.released_stamp, self._last_stamp or 0)

    def leave(self) -> None:
        """Have nothing more to do with any rendition."""
        if self._wanted is not None:
            self._wanted.forget(self)
        self._leave_stream()
        self.stream = self._wanted = None

    def catch_up(self, now: float) -> None:
        """Send what the allowance allows; become live where all has been sent."""
        state, stream = self._catching, self.stream
        if state is None or stream is None:
            return
        state.allowance.refill(now)
        while state.allowance.is_left and state.cursor < stream.released:
            found = stream.history.find(state.cursor)
            if found is None:
                self.start_over(now)
                return
            self._send_some(state, stream, *found, now)
        if self._catching is state and self._has_caught_up(state, stream):
            self._catching = None
            stream.behind.discard(self)
            self._sent_up_to = state.cursor
            stream.live.add(self.target)

    @staticmethod
    def _has_caught_up(state: _CatchingUp, stream: Stream) -> bool:
        newest = stream.newest
        return (
            state.cursor == stream.released
            and stream.is_between_frames
            and newest is not None
            # else the next live timestamp would not be later than the last one sent
            and state.stamp <= newest.timestamp + stream.ticks // 2
        )

    def _send_some(
        self, state: _CatchingUp, stream: Stream, frame: Packed, at: int, now: float
    ) -> None:
        if at == 0:
            behind = stream.history.frames_after(frame.first)
            newest = stream.newest or frame
            state.stamp = state.squeeze.stamp(
                stream.clock(now), newest.timestamp, behind, stream.ticks
            )
            self._last_stamp = state.stamp
            self._note(frame, state.stamp)
        most = min(frame.count, stream.released - frame.first)
        stop = at
        while stop < most and (stop == at or state.allowance.is_left):
            state.allowance.spend(frame.size(stop))
            stop += 1
        state.cursor += stop - at  # first: whatever happens, no number is used twice
        stream.fanout.send(Load(frame, (at, stop), state.stamp, self._alone))
        self.first_sent_at = self.first_sent_at or now

    def _note(self, frame: Packed, stamp: int) -> None:
        """Remember a timestamp that is not the frame's own: a packet is repeated as it was."""
        if stamp == frame.timestamp:
            return
        if len(self._squeezed) >= _MOST_SQUEEZED:
            for number in list(self._squeezed)[: _MOST_SQUEEZED // 2]:
                del self._squeezed[number]
            self._stamps_from = next(iter(self._squeezed))
        self._squeezed[frame.first + self._numbering.offset] = stamp

    def start_over(self, now: float) -> None:
        """Wait for a key frame: what was to be sent is gone."""
        stream = self.stream
        self._leave_stream()
        if stream is not None:
            self.begin(self._wanted or stream, now)

    def repeat(self, number: int, now: float, rtt: float | None) -> bool:
        """Send a packet again that the viewer says it has not got; whether it was.

        To a far viewer twice: one of the two may be lost as well, and it would ask for another only
        after a round trip or 100 ms, when its picture has stood still.
        """
        self.nacks += 1
        sent = self._sent(number)
        if sent is None:
            return False
        frame, at, whole = sent
        copies = _FAR_COPIES if rtt is not None and rtt >= FAR_SECONDS else 1
        if not self.repeats.permit(whole, copies * frame.size(at), now, rtt):
            return False
        return all(self._send_again(frame, at, whole) for _ in range(copies))

    def repeat_start(self) -> None:
        """Send once more, unasked, what it began with: a slice from its key frame on."""
        stream, first, offset = self.stream, self._begun, self._numbering.offset
        if stream is None or first is None:
            return
        newest = self._newest_number(stream)
        for number in range(first + offset, min(first + offset + SLICE_PACKETS, newest + 1)):
            sent = self._sent(number & 0xFFFF)
            if sent is not None:  # else it is gone, or cut
                self._send_again(*sent)

    def _send_again(self, frame: Packed, at: int, whole: int) -> bool:
        """Send a packet once more, under its own number or in RTX; whether it could be."""
        size = frame.size(at)
        stamp = self._squeezed.get(whole - at, frame.timestamp)
        packet = single(self.target, frame, at, stamp, whole)
        if self.media.rtx_ssrc:
            whole = self._rtx_number
            self._rtx_number += 1
            packet = retransmission(packet, self.media.rtx_payload_type, self.media.rtx_ssrc, whole)
        secret = self.target.link.protector.protect(packet, whole)
        if secret is None or not transmit(self.target.link, secret):
            return False
        self.retransmitted += 1
        self.retransmitted_bytes += size
        return True

    def _sent(self, number: int) -> tuple[Packed, int, int] | None:
        """Return frame, place and number without bound of a packet that can be sent as it was.

        Under a number that was used nothing else may ever go out: it would be the same nonce.
        """
        stream = self.stream
        found = stream and self._numbering.find(number, self._newest_number(stream))
        if not found:
            return None
        source, place, offset = found
        kept = source.history.find(place)
        if kept is None or kept[0].first + offset < self._stamps_from:
            return None
        return *kept, place + offset

    def _newest_number(self, stream: Stream) -> int:
        if self._catching is not None:
            place = self._catching.cursor
        elif self.target in stream.live:
            place = stream.released
        else:
            place = self._sent_up_to or 0
        return place + self._numbering.offset - 1
