"""Which rung of the ladder a viewer's line carries; pure.

Down quickly, up slowly: a viewer whose line got worse is moved within two reports, one whose line
seems to have room is tried on the larger rung after a while, and after a longer one each time the
trial failed. A viewer's estimate (REMB) says little about room: browsers tell at most half as much
again as they receive.
"""

from __future__ import annotations

from collections.abc import Sequence

PATIENCE_SECONDS = 12.0
MOST_PATIENCE_SECONDS = 300.0
_SETTLE_SECONDS = 1.5  # after a change what was in flight is no measure
_TRIAL_SECONDS = 30.0
_BAD_LOSS, _FINE_LOSS = 0.12, 0.03
_BAD_DELAY_SECONDS, _FINE_DELAY_SECONDS = 0.25, 0.1
_FRESH_SECONDS = 5.0
_BAD_REPORTS = 2
_TIGHT, _FITS = 0.85, 0.85
# An estimate below this, times what is sent, is the line's and not the browser's usual limit.
_ROOMY = 1.35
_BASE_RTT_SECONDS = 60.0


class RungChooser:
    """Told what a viewer reports; rungs are numbered from the smallest, the last is the best."""

    def __init__(self, now: float) -> None:
        self._changed = self._troubled = now
        self._patience = PATIENCE_SECONDS
        self._raised: float | None = None
        self._bad_reports = 0
        self._tight_since: float | None = None
        self._estimate: tuple[int, float] | None = None
        self._base_rtt: tuple[float, float] | None = None

    def on_report(self, loss: float, rtt: float | None, now: float) -> None:
        """Take a report: share of packets lost since the last one, and round trip in seconds."""
        late = 0.0
        if rtt is not None:
            base, since = self._base_rtt or (rtt, now)
            if rtt <= base or now - since > _BASE_RTT_SECONDS:
                self._base_rtt = (rtt, now)
            else:
                self._base_rtt = (base, since)
            late = rtt - self._base_rtt[0]
        if loss > _FINE_LOSS or late > _FINE_DELAY_SECONDS:
            self._troubled = now
        is_bad = loss >= _BAD_LOSS or late >= _BAD_DELAY_SECONDS
        is_old = now - self._changed < _SETTLE_SECONDS
        self._bad_reports = self._bad_reports + 1 if is_bad and not is_old else 0

    def on_estimate(self, bit_rate: int, now: float) -> None:
        """Take what the viewer believes its line carries, in bit/s."""
        self._estimate = (bit_rate, now)

    def choose(self, current: int, rates: Sequence[float], now: float) -> int:
        """Return the rung to be in; ``rates`` are the rungs' bit rates now, in bit/s."""
        if now - self._changed < _SETTLE_SECONDS or not rates:
            return current
        target = current
        if self._is_bad(rates[current], now):
            target = self._lower(current, rates, now)
        elif current + 1 < len(rates) and self._has_room(rates[current], now):
            target = current + 1
        if target != current:
            self._change(now, is_up=target > current)
        elif self._raised is not None and now - self._raised > _TRIAL_SECONDS:
            self._raised, self._patience = None, PATIENCE_SECONDS  # the trial was a success
        return target

    def _is_bad(self, rate: float, now: float) -> bool:
        estimate = self._fresh_estimate(now)
        if estimate is None or estimate >= _TIGHT * rate:
            self._tight_since = None
        elif self._tight_since is None:
            self._tight_since = now
        is_tight = self._tight_since is not None and now - self._tight_since >= 1.0
        return is_tight or self._bad_reports >= _BAD_REPORTS

    def _lower(self, current: int, rates: Sequence[float], now: float) -> int:
        estimate = self._fresh_estimate(now)
        if estimate is None or self._tight_since is None:
            return max(current - 1, 0)
        fitting = [at for at in range(current) if rates[at] <= _FITS * estimate]
        return max(fitting, default=0)

    def _has_room(self, rate: float, now: float) -> bool:
        estimate = self._fresh_estimate(now)
        waited = now - self._changed >= self._patience
        is_quiet = now - self._troubled >= min(self._patience / 2, _TRIAL_SECONDS)
        return waited and is_quiet and (estimate is None or estimate >= _ROOMY * rate)

    def _fresh_estimate(self, now: float) -> int | None:
        if self._estimate is None or now - self._estimate[1] > _FRESH_SECONDS:
            return None
        return self._estimate[0]

    def _change(self, now: float, *, is_up: bool) -> None:
        if is_up:
            self._raised = now
        elif self._raised is not None:
            self._raised = None
            self._patience = min(self._patience * 2, MOST_PATIENCE_SECONDS)
        self._changed = now
        self._bad_reports, self._tight_since = 0, None
