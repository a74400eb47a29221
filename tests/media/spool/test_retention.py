"""What is due for the archive, by policy and by nothing else."""

from media.spool.retention import Due, Recorded, due

DAY = 86_400_000_000
OLD, NEW, UNFILED = Recorded("a", 0, True), Recorded("b", 9 * DAY, True), Recorded("c", DAY, False)


def test_without_a_policy_nothing_is_ever_due() -> None:
    assert due([OLD, NEW, UNFILED], None, 10_000 * DAY) == []


def test_what_is_old_enough_is_due_and_what_has_no_sheet_is_refused() -> None:
    assert due([NEW, UNFILED, OLD], 5, 10 * DAY) == [
        Due("a", 5 * DAY),
        Due("c", 6 * DAY, "not_filed"),
    ]
    assert due([NEW], 5, 14 * DAY - 1) == []
