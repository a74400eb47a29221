"""ICE for one viewer: a full agent in the controlled role (RFC 8445), with consent (RFC 7675).

[pure]: told the time, given its randomness, returns what is to be sent.

The viewer offers, so it controls and nominates. We answer its checks, check back at once whatever
address they came from, and send media only where a check of our own was answered: nobody can
point us at an address that does not want us. Our tie-breaker is the smallest there is, so that in
a conflict of roles the other side gives way (§7.3.1.1) and we need to know one role only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from media.relay import stun
from media.relay.credit import Credit
from media.relay.stun import Address, Key, Pattern, Stun

MOST_PATHS = 24
"""Remembered for a viewer: candidates told and addresses that its checks came from."""
MOST_REQUESTS_A_SECOND = 60
CONSENT_SECONDS, CONSENT_LOST_SECONDS = 5.0, 30.0  # RFC 7675 §5.1
TRUST_SECONDS = 15.0
"""Where the port asks for consent by itself the agent begins to ask when nothing came so long."""
SILENT_SECONDS = 3.0
"""A selected path gives way to a nominated one of lower priority when it was silent that long."""
FIRST_CHECK_SECONDS = 0.3
"""Our own checks begin late: the viewer's first one mostly makes them unnecessary."""
_PACE_SECONDS = 0.05  # Ta (RFC 8445 §14.2)
_RETRY_SECONDS = 0.08
"""Doubled each time. RFC 8445 (§14.3) waits half a second, with hundreds of pairs in mind; a viewer
has a few, and its keys wait for the answer."""
_MOST_TRIES = 7
_MOST_OUTSTANDING = 8
_TRANSACTION_BYTES = 12
_TIE_BREAKER = bytes(8)

Way = Literal["udp", "tcp"]


class Path(NamedTuple):
    """A way to a viewer: one of our sockets (or an accepted connection) and the far address."""

    way: Way
    local: int
    address: Address


Outgoing = list[tuple[Path, bytes]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """One side's user name fragment and password."""

    ufrag: str
    password: str


@dataclass(slots=True)
class _Pair:
    """A path and what is known of it. ``priority`` is the pair's (RFC 8445 §6.1.2.3)."""

    path: Path
    priority: int
    due: float
    tries: int = 0
    is_valid: bool = False
    is_nominated: bool = False
    heard: float = 0.0


def pair_priority(controlling: int, controlled: int) -> int:
    """Return a pair's priority from those of its candidates (RFC 8445 §6.1.2.3)."""
    return (
        (min(controlling, controlled) << 32)
        + 2 * max(controlling, controlled)
        + (controlling > controlled)
    )


@dataclass(slots=True)
class Agent:
    """One ICE session of a viewer.

    ``priorities`` are those of our sockets, by index; connections count as the last of them.
    ``mark`` (4 bytes) begins all transactions, so that an answer from wherever finds its agent;
    ``draw`` returns so many random bytes.
    """

    local: Credentials
    remote: Credentials
    priorities: Sequence[int]
    mark: bytes
    draw: Callable[[int], bytes]
    began: float
    selected: Path | None = None
    consent_until: float = 0.0
    ignored: int = 0
    rtt_ms: float = 0.0
    _own_key: Key = field(init=False)
    _their_key: Key = field(init=False)
    _checks: Credit = field(init=False)
    usual: Pattern | None = None
    """The last check by the selected path, if another one like it needs no reading."""
    _pairs: dict[Path, _Pair] = field(default_factory=dict)
    _sent: dict[bytes, tuple[Path, float]] = field(default_factory=dict)
    _next_consent: float = 0.0

    def __post_init__(self) -> None:
        """Make ready what each check needs."""
        self._own_key = Key(self.local.password.encode())
        self._their_key = Key(self.remote.password.encode())
        self._checks = Credit(MOST_REQUESTS_A_SECOND, self.began)

    def add(self, path: Path, priority: int, now: float) -> bool:
        """Take a candidate of the viewer's; False when there is no room for it."""
        if path in self._pairs:
            return True
        if len(self._pairs) >= MOST_PATHS:
            return False
        start = max(now, self.began + FIRST_CHECK_SECONDS)
        self._add(path, priority, start + _PACE_SECONDS * len(self._pairs))
        return True

    def knows(self, path: Path) -> bool:
        """Whether a check that was signed came by this path or one of ours was answered there."""
        pair = self._pairs.get(path)
        return pair is not None and (pair.is_valid or pair.heard > 0)

    def way_out(self) -> Path | None:
        """Where media may go: the nominated path, else the best that answered."""
        if self.selected is not None:
            return self.selected
        valid = [pair for pair in self._pairs.values() if pair.is_valid]
        return max(valid, key=lambda pair: pair.priority).path if valid else None

    def is_lost(self, now: float) -> bool:
        """Whether consent to send has run out."""
        return 0 < self.consent_until < now

    def heard(self, path: Path, now: float) -> None:
        """Something that only the viewer can have sent came by this path."""
        pair = self._pairs.get(path)
        if pair is not None:
            pair.heard = max(pair.heard, now)

    def was_asked(self, response: Stun) -> bool:
        """Whether it answers a check of ours."""
        return response.transaction in self._sent

    def was_heard(self, path: Path, now: float) -> bool:
        """Whether the viewer used this path of late."""
        pair = self._pairs.get(path)
        return pair is not None and pair.heard + SILENT_SECONDS > now

    def has_answered(self, path: Path) -> bool:
        """Whether a check of ours was answered there."""
        pair = self._pairs.get(path)
        return pair is not None and pair.is_valid

    def forget(self, path: Path) -> None:
        """A connection has ended: its path is none any more."""
        self._pairs.pop(path, None)
        if self.selected == path:
            self.selected = self.usual = None
            nominated = [pair for pair in self._pairs.values() if pair.is_nominated]
            if nominated:
                self._select(max(nominated, key=lambda pair: pair.heard))

    def on_request(self, request: Stun, path: Path, now: float) -> Outgoing:
        """Answer a check of the viewer's; unsigned ones and floods get nothing."""
        key = self._own_key
        if not self._checks.take(1, now) or not request.is_signed_with(key):
            self.ignored += 1
            return []
        refusal = self._refusal(request)
        if refusal:
            return [(path, stun.refusal(request, refusal, key))]
        pair = self._pair_of(request, path, now)
        out = [(path, stun.success(request.transaction, path.address, key))]
        if pair is None:
            return out
        pair.heard = now
        pair.is_nominated |= stun.USE_CANDIDATE in request.attributes
        if pair.is_valid:
            self._consider(pair, now)
            if path == self.selected:
                self.usual = request.pattern()
        elif pair.tries == 0 or pair.tries >= _MOST_TRIES:
            pair.tries = 0
            out.append(self._check(pair, now))  # a triggered check (§7.3.1.4)
        return out

    def on_usual(self, data: bytes, path: Path, now: float) -> Outgoing | None:
        """Answer a check that says what the last one by the selected path said, without reading it.

        None: it is another one, and ``on_request`` has to judge it.
        """
        if self.usual is None or path != self.selected or not self.usual.fits(data):
            return None
        if not self._checks.take(1, now) or not self.usual.is_signed(data, self._own_key):
            self.ignored += 1
            return []
        self._pairs[path].heard = now
        transaction = stun.transaction_of(data)
        return [(path, stun.success(transaction, path.address, self._own_key))]

    def on_response(self, response: Stun, path: Path, now: float) -> None:
        """Take an answer to one of our checks; others are ignored."""
        sent_path, sent_at = self._sent.get(response.transaction, (None, 0.0))
        # An answer from elsewhere than where the question went counts for neither (§7.2.5.2.1).
        if sent_path != path or not response.is_signed_with(self._their_key):
            self.ignored += 1
            return
        del self._sent[response.transaction]
        pair = self._pairs.get(path)
        if pair is None or response.kind != stun.BINDING_SUCCESS:
            return
        pair.is_valid, pair.heard = True, now
        self.rtt_ms = (now - sent_at) * 1000
        if self.selected in {None, path}:
            self.consent_until = now + CONSENT_LOST_SECONDS
        if pair.is_nominated:
            self._consider(pair, now)

    def due(self) -> float:
        """When ``tick`` has something to do next."""
        waiting = [pair.due for pair in self._pairs.values() if self._is_waiting(pair)]
        if self.selected is not None:
            waiting.append(self._next_consent)
        return min(waiting, default=self.began + CONSENT_LOST_SECONDS)

    def tick(self, now: float) -> Outgoing:
        """Send the checks that are due."""
        out = [
            self._check(pair, now)
            for pair in self._pairs.values()
            if self._is_waiting(pair) and pair.due <= now
        ]
        if self.selected is not None and now >= self._next_consent:
            self._next_consent = now + self._consent_pause()
            out.append(self._check(self._pairs[self.selected], now))
        return out

    def _is_waiting(self, pair: _Pair) -> bool:
        """Whether a pair is to be checked (again); once connected, only those the viewer uses."""
        wanted = self.selected is None or pair.heard > 0
        return wanted and not pair.is_valid and pair.tries < _MOST_TRIES

    def _refusal(self, request: Stun) -> int:
        if request.unknown():
            return stun.UNKNOWN_ATTRIBUTE
        if request.username != (self.local.ufrag, self.remote.ufrag):
            return stun.BAD_REQUEST
        if stun.ICE_CONTROLLED in request.attributes:
            return stun.ROLE_CONFLICT
        return 0

    def _pair_of(self, request: Stun, path: Path, now: float) -> _Pair | None:
        pair = self._pairs.get(path)
        if pair is None:
            if len(self._pairs) >= MOST_PATHS and not self._make_room():
                return None
            priority = int.from_bytes(request.attributes.get(stun.PRIORITY, b"")[:4], "big")
            pair = self._add(path, priority, now)
        return pair

    def _add(self, path: Path, priority: int, due: float) -> _Pair:
        pair = _Pair(path, pair_priority(priority, self._priority(path)), due)
        self._pairs[path] = pair
        return pair

    def _priority(self, path: Path) -> int:
        return self.priorities[-1 if path.way == "tcp" else path.local]

    def _make_room(self) -> bool:
        """Forget the path that is worth least: not valid, longest unheard of."""
        invalid = [pair for pair in self._pairs.values() if not pair.is_valid]
        if invalid:
            del self._pairs[min(invalid, key=lambda pair: (pair.heard, pair.priority)).path]
        return bool(invalid)

    def _consider(self, pair: _Pair, now: float) -> None:
        """Select a nominated path if it is better than the selected one, or that one is silent."""
        current = self._pairs.get(self.selected) if self.selected else None
        if current is pair:
            return
        if (
            current is None
            or pair.priority > current.priority
            or current.heard + SILENT_SECONDS < now
        ):
            self._select(pair)
            self.consent_until = now + CONSENT_LOST_SECONDS
            self._next_consent = now + self._consent_pause()

    def _select(self, pair: _Pair) -> None:
        self.selected, self.usual = pair.path, None

    def _consent_pause(self) -> float:
        # "randomized … between 0.8 and 1.2 times" (RFC 7675 §5.1)
        return CONSENT_SECONDS * (0.8 + 0.4 * self.draw(1)[0] / 255)

    def renewed(self, given_at: float, rtt: float) -> None:
        """Take note that the viewer answered a check on the selected path that another one made."""
        if self.selected is None or given_at + CONSENT_LOST_SECONDS <= self.consent_until:
            return
        self.consent_until = given_at + CONSENT_LOST_SECONDS
        self._next_consent = max(self._next_consent, given_at + TRUST_SECONDS)
        self.rtt_ms = rtt * 1000
        self.heard(self.selected, given_at)

    def question(self, path: Path) -> tuple[tuple[int, bytes], ...]:
        """Return the attributes of a check of ours."""
        # What we would be to the viewer if it did not know our address (§7.1.1).
        priority = (self._priority(path) & 0xFFFFFF) | 110 << 24
        return (
            (stun.USERNAME, f"{self.remote.ufrag}:{self.local.ufrag}".encode()),
            (stun.PRIORITY, priority.to_bytes(4, "big")),
            (stun.ICE_CONTROLLED, _TIE_BREAKER),
        )

    def _check(self, pair: _Pair, now: float) -> tuple[Path, bytes]:
        pair.due = now + _RETRY_SECONDS * 2**pair.tries
        pair.tries = min(pair.tries + 1, _MOST_TRIES)
        transaction = self.mark + self.draw(_TRANSACTION_BYTES - len(self.mark))
        while len(self._sent) >= _MOST_OUTSTANDING * (1 + (self.selected is None) * 4):
            del self._sent[next(iter(self._sent))]
        self._sent[transaction] = (pair.path, now)
        question = self.question(pair.path)
        return pair.path, stun.build(stun.BINDING_REQUEST, transaction, question, self._their_key)
