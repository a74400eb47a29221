import re
import sys

import pytest

from scripts.progress import CannotGoOn, step


def test_a_step_says_its_name_and_its_time_on_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    step("counting", [sys.executable, "-c", "print('noise')"])
    out, err = capfd.readouterr()
    assert out == ""
    assert re.search(r"counting: \d+\.\d", err)
    assert "noise" not in err


def test_a_failed_step_shows_its_last_lines(capfd: pytest.CaptureFixture[str]) -> None:
    script = "for i in range(99): print('line', i)\nraise SystemExit(3)"
    with pytest.raises(CannotGoOn, match=r"“counting” failed \(python\S* ended with 3\)\."):
        step("counting", [sys.executable, "-c", script])
    err = capfd.readouterr().err
    assert "line 98" in err
    assert "line 1\n" not in err


def test_a_missing_program_is_a_sentence() -> None:
    with pytest.raises(CannotGoOn, match=r"^no-such-program could not be started: .*\.$"):
        step("counting", ["no-such-program"])
