"""Pictures that stand for the room: before, recess, closed, interrupted, ended.

They are drawn once when a broadcast's worker starts, with the font the program brings along; a tick
only renews the court clock.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from media.assignment import ProgramText
from media.program.canvas import Bytes, Canvas, from_image
from media.program.font import font
from media.program.layout import Box
from media.program.overlay import ClockFace, Measures, shorten, typeset
from media.program.slate_art import BACKGROUND_FOOT, KINDS, accent, ground, sign
from media.release import PICTURES_IN_USE

__all__ = ["KINDS", "STANDARD_TEXTS", "Slates", "missing_picture"]

# What a slate says if the court has said nothing else: both languages at once.
BILINGUAL = "bilingual"
STANDARD_TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "zh-CN": {
        "before": ("即将开庭", "庭审直播将在开庭时开始"),
        "recess": ("休庭", "庭审暂时休庭，恢复后继续直播"),
        "closed": ("依法不公开", "本阶段庭审依法不公开进行"),
        "interrupted": ("画面中断", "信号恢复后继续直播，请稍候"),
        "ended": ("庭审已结束", "感谢观看，回放稍后提供"),
    },
    "en": {
        "before": ("Starting soon", "The broadcast begins when the court sits"),
        "recess": ("In recess", "The broadcast goes on when the court resumes"),
        "closed": ("Closed session", "This part of the hearing is not public by law"),
        "interrupted": ("Picture interrupted", "The broadcast goes on as soon as it can"),
        "ended": ("Hearing ended", "Thank you for watching. A replay will follow"),
    },
    BILINGUAL: {
        "before": ("即将开庭", "The broadcast begins when the court sits"),
        "recess": ("休庭", "The court is in recess"),
        "closed": ("依法不公开", "This part of the hearing is not public by law"),
        "interrupted": ("画面中断", "Picture interrupted, please wait"),
        "ended": ("庭审已结束", "The hearing has ended"),
    },
}
_UNTIL = "预计 {time} 恢复 / Goes on at about {time}"
_NOTICES = 16  # that are remembered
_TITLE, _SECOND, _FOOT = (244, 247, 251), (188, 200, 215), (160, 175, 194)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a slate says besides: why, and when it goes on (the court's local time, as text)."""

    reason: str = ""
    until: str = ""

    @property
    def line(self) -> str:
        """Both in one line; empty where there is nothing to say."""
        until = _UNTIL.format(time=self.until) if self.until else ""
        return "\u3000".join(part for part in (self.reason, until) if part)


class Slates:
    """All slates of a broadcast at one size.

    ``PICTURES_IN_USE`` canvases take turns, as the compositor's do, and the very same picture is
    returned again until the clock's tenth of a second is over. Not for more than one thread.
    """

    def __init__(self, size: tuple[int, int], text: ProgramText) -> None:
        """Draw nothing yet: each is drawn (about 0.1 s) when it is first wanted, or by ``prepare``.

        Raises ``ValueError`` for odd sides, ``zoneinfo.ZoneInfoNotFoundError`` for a zone unknown.
        """
        self._clock = ClockFace(size, text.time_zone)
        self._words = STANDARD_TEXTS[BILINGUAL] | text.slates
        self._case = text.court, text.case_number
        self._size = size
        self._drawn: dict[str, Canvas] = {}
        self._notices: dict[str, list[tuple[int, Notice]]] = {}
        self._noted: tuple[str, Notice, Canvas] | None = None
        self._drawing: threading.Thread | None = None
        self._canvases = tuple(Canvas(size) for _ in range(PICTURES_IN_USE))
        self._holds: list[Canvas | None] = [None] * PICTURES_IN_USE
        self._whole = Box(0, 0, *size)
        self._turn = 0
        self._shown_clock = ""

    def prepare(self) -> None:
        """Draw all that are not drawn yet; may run in another thread, whose work is then ready."""
        for kind in KINDS:
            if kind not in self._drawn:
                self._draw(kind)

    def announce(self, kind: str, from_us: int, notice: Notice) -> None:
        """Let a slate say more from a court time on, until it is announced anew."""
        notices = self._notices.setdefault(kind, [])
        notices.append((from_us, notice))
        del notices[:-_NOTICES]

    def _with_notice(self, kind: str, court_us: int) -> Canvas | None:
        """Return the slate with its notice; until that is drawn, in a thread of its own, None."""
        told = (notice for at, notice in reversed(self._notices.get(kind, ())) if at <= court_us)
        notice = next(told, None)
        if notice is None or not notice.line:
            return None
        noted = self._noted
        if noted is not None and noted[:2] == (kind, notice):
            return noted[2]
        if self._drawing is None or not self._drawing.is_alive():
            self._drawing = threading.Thread(
                target=self._draw_noted, args=(kind, notice), name="notice", daemon=True
            )
            self._drawing.start()
        return None

    def _draw_noted(self, kind: str, notice: Notice) -> None:
        words = self._words[kind]
        drawn = from_image(draw(self._size, kind, words, self._case, notice.line))
        self._noted = kind, notice, drawn

    def _draw(self, kind: str) -> Canvas:
        drawn = from_image(draw(self._size, kind, self._words[kind], self._case))
        self._drawn[kind] = drawn
        return drawn

    def picture(self, kind: str, court_us: int) -> Bytes:
        """Return a slate with the clock at a court time (Unix µs).

        The form is the compositor's; raises ``KeyError`` for an unknown kind.
        """
        drawn = self._with_notice(kind, court_us) or self._drawn.get(kind) or self._draw(kind)
        clock = self._clock.text(court_us)
        if self._holds[self._turn] is drawn and clock == self._shown_clock:
            return self._canvases[self._turn].block
        self._shown_clock = clock
        self._turn = (self._turn + 1) % PICTURES_IN_USE
        canvas = self._canvases[self._turn]
        box = self._clock.box if self._holds[self._turn] is drawn else self._whole
        canvas.put(box, drawn.region(box))
        self._holds[self._turn] = drawn
        self._clock.draw(canvas, court_us)
        return canvas.block


def draw(
    size: tuple[int, int],
    kind: str,
    words: tuple[str, str],
    case: tuple[str, str],
    notice: str = "",
) -> Image.Image:
    """Draw one slate: sign, title, second line, notice; court and case number at the foot."""
    width, height = size
    picture = ground(size, kind)
    pen = ImageDraw.Draw(picture)
    middle = width / 2
    sign(picture, kind, (middle, height * 0.285), height * 0.125)
    title, second = (typeset(line) for line in words)
    letters = _largest(title, round(height * 0.125), width * 0.86, bold=True)
    _line(pen, title, (middle, height * 0.475), letters, _TITLE, bold=True)
    rule = max(1, round(height * 0.004))
    pen.rectangle(
        (middle - height * 0.06, height * 0.588 - rule / 2,
         middle + height * 0.06, height * 0.588 + rule / 2),
        fill=accent(kind),
    )  # fmt: skip
    letters = _largest(second, max(14, round(height * 0.048)), width * 0.88)
    _line(pen, second, (middle, height * 0.665), letters, _SECOND)
    if notice:
        notice = typeset(notice)
        letters = _largest(notice, max(14, round(height * 0.044)), width * 0.88)
        notice = shorten(notice, letters, width * 0.9)
        _line(pen, notice, (middle, height * 0.755), letters, accent(kind))
    _foot(picture, case)
    return picture


def _foot(picture: Image.Image, case: tuple[str, str]) -> None:
    """Write court and case number to the left of the clock."""
    width, height = picture.size
    measures = Measures.of(height)
    pen = ImageDraw.Draw(picture)
    top = height - 2 * measures.margin - measures.plate
    pen.rectangle((0, top, width, height), fill=BACKGROUND_FOOT)
    space = width - 3 * measures.margin - measures.letters * 13
    case = (typeset(case[0]), typeset(case[1]))
    lines = ["\u3000".join(part for part in case if part)]
    face = font(measures.letters)
    if face.getlength(lines[0]) > space:
        lines = [part for part in case if part]
    letters = measures.letters if len(lines) == 1 else round(measures.letters * 0.9)
    leading = letters * 1.35
    y = height - measures.margin - measures.plate / 2 - leading * (len(lines) - 1) / 2
    for index, line in enumerate(lines):
        pen.text(
            (measures.margin, y + index * leading),
            shorten(line, letters, space),
            fill=_FOOT,
            font=font(letters),
            anchor="lm",
        )


def _largest(text: str, letters: int, space: float, *, bold: bool = False) -> int:
    """Return the largest size up to ``letters`` at which a line fits."""
    length = _length(text, letters, bold=bold)
    return letters if length <= space else max(8, int(letters * space / length))


def _spacing(text: str, letters: int) -> float:
    """Return the extra space between characters: short Chinese titles breathe."""
    short = text.isascii() or len(text) > 6  # noqa: PLR2004
    return 0 if short else letters * (0.5 if len(text) <= 2 else 0.14)  # noqa: PLR2004


def _length(text: str, letters: int, *, bold: bool) -> float:
    extra = _spacing(text, letters) * max(0, len(text) - 1)
    return font(letters, bold=bold).getlength(text) + extra


def _line(
    pen: ImageDraw.ImageDraw,
    text: str,
    middle: tuple[float, float],
    letters: int,
    colour: tuple[int, int, int],
    *,
    bold: bool = False,
) -> None:  # fmt: skip
    """Write a line centred on a point."""
    face = font(letters, bold=bold)
    extra = _spacing(text, letters)
    x = middle[0] - _length(text, letters, bold=bold) / 2
    if not extra:
        pen.text((x, middle[1]), text, fill=colour, font=face, anchor="lm")
        return
    for character in text:
        pen.text((x, middle[1]), character, fill=colour, font=face, anchor="lm")
        x += face.getlength(character) + extra


@lru_cache(maxsize=16)
def missing_picture(size: tuple[int, int]) -> Canvas:
    """Return the quiet tile of a camera that has no picture. Read it, never write to it."""
    width, height = size
    picture = Image.new("RGB", size, (24, 30, 40))
    sign(picture, "interrupted", (width / 2, height * 0.38), height * 0.15, faint=True)
    pen = ImageDraw.Draw(picture)
    words = "画面中断 / No picture"
    letters = _largest(words, max(10, round(height * 0.062)), width * 0.86)
    _line(pen, words, (width / 2, height * 0.62), letters, (138, 150, 166))
    return from_image(picture)
