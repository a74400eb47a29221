"""What is given up under load, in which order, and when it comes back; all by a made-up clock."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from media.ladder.load import Level, Load, levels
from media.ladder.plan import plan

RUNGS = plan((1920, 1080), 25, 8.0)
IDLE = {"v1080": 0.2, "v720": 0.1, "v480": 0.05, "v360": 0.04, "audio": 0.03}


@dataclass
class Machine:
    """Tells a ``Load`` every second how a machine of a power fares with what it demands."""

    load: Load = field(default_factory=lambda: Load(levels(RUNGS)))
    now_s: float = 0.0
    late_ms: float = 0.0
    seen: list[tuple[float, Level]] = field(default_factory=list)

    def runs(self, seconds: int, power: float) -> None:
        for _ in range(seconds):
            self.now_s += 1
            used = self.busy(power)
            worst = max(used.values())
            self.late_ms = max(0.0, self.late_ms + (worst - 1) * 1000)
            shares = {name: min(1.0, share) for name, share in used.items()}
            if self.load.look(self.now_s, self.late_ms, shares):
                self.seen.append((self.now_s, self.load.level))

    def busy(self, power: float) -> Mapping[str, float]:
        """Return each thread's work as a share of a second."""
        speed = {"veryfast": 1.0, "superfast": 0.65, "ultrafast": 0.5}[self.load.level.preset]
        every = self.load.level.every
        return {
            name: share * (speed / every[name] if name in every else 1) / power
            for name, share in IDLE.items()
        }


def test_a_machine_with_room_gives_nothing_up() -> None:
    machine = Machine()
    machine.runs(600, power=0.3)
    assert machine.seen == []


def test_what_is_given_up_and_in_which_order() -> None:
    known = levels(RUNGS)
    assert [level.preset for level in known[:3]] == ["veryfast", "superfast", "ultrafast"]
    for before, after in itertools.pairwise(known[2:]):
        assert after.preset == "ultrafast"
        (changed,) = [name for name in after.every if after.every[name] != before.every[name]]
        assert after.every[changed] == 2 * before.every[changed]
    assert known[3].every == {"v1080": 1, "v720": 1, "v480": 1, "v360": 2}
    assert known[5].every == {"v1080": 1, "v720": 2, "v480": 2, "v360": 2}
    assert known[6].every["v1080"] == 2
    assert set(known[-1].every.values()) == {4}
    assert all(set(level.every) == {rung.id for rung in RUNGS} for level in known)


def test_it_gives_up_until_the_machine_keeps_up_and_no_further() -> None:
    machine = Machine()
    machine.runs(60, power=0.16)  # the largest rung alone wants 1.25 of a thread
    settled = len(machine.seen)
    assert machine.load.level.preset == "superfast"
    machine.runs(300, power=0.16)
    assert len(machine.seen) == settled
    assert machine.late_ms == 0


def test_what_was_given_up_comes_back_when_there_is_room_and_stays() -> None:
    machine = Machine()
    machine.runs(60, power=0.08)
    assert machine.load.level != machine.load.planned
    machine.runs(600, power=1.0)
    assert machine.load.level == machine.load.planned
    changes = len(machine.seen)
    machine.runs(600, power=1.0)
    assert len(machine.seen) == changes


def test_one_late_tick_changes_one_level_at_most() -> None:
    load = Load(levels(RUNGS))
    changed = [load.look(second, 300 if second == 10 else 0, IDLE) for second in range(20)]
    assert changed.count(True) == 1


def test_a_load_that_comes_and_goes_is_followed_ever_more_slowly() -> None:
    """A level that fails after each return is tried less and less often."""
    load = Load(levels(RUNGS))
    at: list[float] = []
    for second in range(4000):
        planned = load.level == load.planned
        if load.look(second, 200 if planned else 0, IDLE) and not planned:
            at.append(second)
    pauses = [after - before for before, after in itertools.pairwise(at)]
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 600
    assert len(at) <= 10


@given(
    st.lists(
        st.tuples(
            st.floats(0, 5000),
            st.dictionaries(st.sampled_from([*IDLE, "other"]), st.floats(0, 1), max_size=6),
        ),
        max_size=200,
    )
)
def test_whatever_happens_each_rung_goes_on_with_a_picture_in_four(
    found: list[tuple[float, dict[str, float]]],
) -> None:
    load = Load(levels(RUNGS))
    for second, (late_ms, busy) in enumerate(found):
        load.look(second * 1.7, late_ms, busy)
        assert set(load.level.every) == {rung.id for rung in RUNGS}
        assert set(load.level.every.values()) <= {1, 2, 4}
