"""Every trouble of a camera has words, and what can be done about it has more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.broadcasts.feed_advice import _ADVICE, advice, figures
from server.broadcasts.phrases import feed_words
from server.translation import LANGUAGES, Language
from tests.server.broadcasts.conftest import feed_status

CODES = sorted(set(_ADVICE) - {"failed"})


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trouble_is_told_with_what_to_do(code: str, language: Language) -> None:
    feed = feed_status("c1", "receiving", code)
    said = feed_words(language, feed)[1].split(" · ")[0]
    assert said.endswith((".", "。"))
    assert advice(language, feed).endswith((".", "。", "SHA-256"))
    assert advice(language, feed) != said


def test_numbers_are_those_of_a_signal_that_comes() -> None:
    feed = replace(feed_status("c1"), loss_percent=0.0, drift_ppm=0.0, key_frame_distance_s=0.0)
    assert figures("en", feed) == "loss 0 %, jitter 3 ms, key frame every – s, clock – ppm"
    assert figures("zh-CN", feed_status("c1")).startswith("丢包 0.4 %，抖动 3 毫秒")
    assert figures("en", feed_status("c1", "waiting")) == figures("en", None) == ""
    assert advice("en", None) == advice("en", feed_status("c1")) == ""
