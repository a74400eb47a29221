"""The law of the gate told a second time, as simply as it can be: what may not be seen."""

from __future__ import annotations

from media.gate import OrderRecord

SECOND = 1_000_000


class Model:
    """The same law told differently: what is forbidden, found by asking every order in turn."""

    def __init__(self) -> None:
        self.orders: list[tuple[OrderRecord, int]] = []  # with the first tick not composed then

    def forbidden(self, at: int) -> bool:
        """Whether the room at ``at`` may not be seen, without any guard."""
        if not any(o.order == "start" and o.court_us <= at for o, _ in self.orders):
            return True
        return any(self._is_closed_by(index, at) for index in range(len(self.orders)))

    def _is_closed_by(self, index: int, at: int) -> bool:
        closing, composed_us = self.orders[index]
        later = [o for o, _ in self.orders[index + 1 :] if o.court_us <= at]
        if closing.order == "dump":
            resumed = any(o.order == "resume" for o in later)
            return composed_us <= at and (at < closing.court_us or not resumed)
        if closing.order == "range_dump":
            back_us = closing.court_us - round(float(closing.args["seconds"]) * SECOND)
            return back_us <= at < closing.court_us
        enders = {"recess": "resume", "closed": "open", "end": ""}
        if closing.order not in enders or closing.court_us > at:
            return False
        ender = enders[closing.order]
        return not any(o.order == ender and o.court_us >= closing.court_us for o in later)
