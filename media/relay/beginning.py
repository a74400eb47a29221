"""When a viewer's picture is begun once more; pure.

On a far line media overtakes the end of the handshake, and what comes before the keys is dropped
unseen: the viewer asks only for what is missing after the first packet it could decrypt. So what
was sent first is sent again after one round trip and after two, and a viewer who says in its first
seconds that it has no picture is believed at once, or as soon as it could have had one. A near
viewer, and one who has watched for a while, is believed once a second.
"""

from __future__ import annotations

FAR_SECONDS = 0.015
"""Round trips from which on a line may lose, delay and overtake: no local network has them."""
BEGINS_SECONDS = 3.0
_REPEATS = 2
"""What a repetition loses nobody asks for either: the picture would stand until a key frame."""
_USUAL_SECONDS, _ANEW_SECONDS = 1.0, 0.2
_NEAR_FIRST_SECONDS = 0.1
_LEAST_FIRST_SECONDS, _MOST_FIRST_SECONDS = 0.03, 0.1


class Beginning:
    """What one viewer asked for and got since it joined. Times in seconds on any clock."""

    def __init__(self, now: float, rtt: float) -> None:
        """``rtt`` as ICE has measured it, 0 if it has not."""
        self.is_far = rtt >= FAR_SECONDS
        first = min(max(rtt, _LEAST_FIRST_SECONDS), _MOST_FIRST_SECONDS)
        self.pause = first if self.is_far else _NEAR_FIRST_SECONDS
        """From joining until something may be begun anew, or sent once more."""
        self._joined, self._next = now, now + self.pause
        self.is_owed = False
        """Whether a wish came too early and is to be fulfilled later."""
        self._left = _REPEATS

    def repeat(self) -> bool:
        """Count a repetition of what was sent first; whether there is to be another."""
        self._left -= 1
        return self._left > 0

    def wish(self, now: float) -> bool:
        """Take it that the viewer has no picture; whether to begin anew now."""
        if now < self._next:
            self.is_owed = self._is_believed(now)
            return False
        self._next = now + (_ANEW_SECONDS if self._is_believed(now) else _USUAL_SECONDS)
        self.is_owed = False
        return True

    def is_due(self, now: float) -> bool:
        """Whether a wish that came too early is to be fulfilled now."""
        return self.is_owed and now >= self._next

    def _is_believed(self, now: float) -> bool:
        return self.is_far and now - self._joined < BEGINS_SECONDS
