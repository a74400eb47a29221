from hypothesis import given
from hypothesis import strategies as st

from server.audience.counting import MINUTE_US
from server.statistics.figures import MEDIA, Held, Total, definitions, source_digest, year_figures
from server.statistics.metrics import METRICS

ROOMS = (("b1", "open"), ("b2", "closed"))


def held(broadcast: str, *, court: str = "c1", month: int = 202611, media: str = "vt") -> Held:
    return Held(broadcast, f"h-{broadcast}", court, month, "v" in media, "t" in media)


def total(broadcast: str, medium: str, month: int, visits: int, peak: int = 1) -> Total:
    return Total(broadcast, "c1", medium, month, visits, visits * MINUTE_US, peak)


def test_a_hearing_in_two_media_is_one_hearing_and_one_of_each() -> None:
    figures = year_figures(2026, [held("a"), held("b", media="v"), held("c", media="t")], [])
    published = figures.total.as_json()
    assert published["hearings"] == 3
    assert published["broadcasts_video"] == 2
    assert published["broadcasts_text"] == 2


def test_partners_stand_apart() -> None:
    figures = year_figures(
        2026,
        [held("a")],
        [
            total("a", "live_video", 202611, 5, peak=4),
            total("a", "replay_video", 202612, 2, peak=2),
            total("a", "partner", 202611, 100, peak=50),
        ],
    )
    published = figures.total.as_json()
    assert published["visits"] == 7
    assert published["watched_minutes"] == 7
    assert published["peak"] == 4
    assert published["media"]["partner"] == {"visits": 100, "watched_minutes": 100, "peak": 50}
    assert figures.months[202612].as_json()["visits"] == 2
    assert figures.months[202612].as_json()["hearings"] == 0


def test_other_years_are_left_out() -> None:
    figures = year_figures(
        2026,
        [held("a", month=202512), held("b", month=202701)],
        [total("a", "live_video", 202512, 1), total("a", "live_video", 202601, 1)],
    )
    assert figures.total.as_json()["hearings"] == 0
    assert figures.total.as_json()["visits"] == 1


@given(st.lists(st.sampled_from([("a", "c1"), ("b", "c2"), ("c", "c2"), ("d", "c3")]), unique=True))
def test_courts_and_months_add_up_to_the_year(which: list[tuple[str, str]]) -> None:
    rows = [
        Total(broadcast, court, medium, 202600 + 1 + len(broadcast), 3, 7 * MINUTE_US, 2)
        for broadcast, court in which
        for medium in MEDIA
    ]
    figures = year_figures(2026, [held(b, court=c) for b, c in which], rows)
    for name in ("hearings", "visits", "watched_minutes"):
        year = figures.total.as_json()[name]
        assert sum(its.as_json()[name] for its in figures.courts.values()) == year
        assert sum(its.as_json()[name] for its in figures.months.values()) == year


def test_the_digest_tells_other_sources_apart() -> None:
    rows = [total("a", "live_video", 202611, 5), total("b", "report", 202611, 1)]
    digest = source_digest([held("a")], rows)
    assert digest == source_digest([held("a")], rows[::-1])
    assert digest != source_digest([held("a")], rows[:1])
    assert digest != source_digest([], rows)


def test_every_published_number_has_a_definition_in_both_languages() -> None:
    published = year_figures(2026, [], []).total.as_json()
    assert {*published} - {"media"} == {*METRICS}
    assert {*published["media"]["report"]} <= {*METRICS}
    for language in ("zh-CN", "en"):
        printed = definitions(language)
        assert [one["code"] for one in printed] == [*METRICS]
        assert all(one["definition"] and one["name"] and one["version"] for one in printed)


def test_where_figures_are_not_published_only_the_hearing_is_counted() -> None:
    held = [Held(name, f"h-{name}", "c1", 202605, True, False, room) for name, room in ROOMS]
    rows = [Total(name, "c1", "live_video", 202605, 5, 0, 4, room) for name, room in ROOMS]
    open_only = year_figures(2026, held, rows[:1])
    year = year_figures(2026, held, rows, lambda where: where.courtroom == "closed")
    assert (year.total.as_json()["hearings"], year.unpublished) == (2, 1)
    assert year.courts["c1"].as_json()["visits"] == 5
    assert year.total.as_json()["media"] == open_only.total.as_json()["media"]
    assert year.source == open_only.source  # nor can they be guessed from the digest
