"""Walls, bench, tables and what lies on them, in units of a 640x360 picture."""

from __future__ import annotations

from media.scene.board import Board, panel
from media.scene.ink import Colour, darker, lighter

WALNUT: Colour = (122, 78, 50)
DARK: Colour = (78, 46, 32)
CREAM: Colour = (222, 206, 180)
BRASS: Colour = (206, 166, 96)
LEATHER: Colour = (74, 36, 32)
PAPER: Colour = (244, 240, 230)
_W, _H = 640.0, 360.0


def _rect(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _disc(board: Board, x: float, y: float, r: float) -> None:
    """Draw a plain brass disc with scales: no state's emblem."""
    board.oval(x + r * 0.05, y + r * 0.08, r * 1.04, r * 1.04, (44, 22, 18))
    board.oval(x, y, r, r, darker(BRASS, 0.25))
    board.oval(x - r * 0.02, y - r * 0.02, r * 0.95, r * 0.95, lighter(BRASS, 0.25))
    board.oval(x, y, r * 0.86, r * 0.86, (128, 40, 36))
    line = r * 0.07
    gold = lighter(BRASS, 0.3)
    board.line([(x, y - r * 0.5), (x, y + r * 0.48)], line * 1.2, gold)
    board.line([(x - r * 0.28, y + r * 0.52), (x + r * 0.28, y + r * 0.52)], line * 1.4, gold)
    board.line([(x - r * 0.5, y - r * 0.34), (x + r * 0.5, y - r * 0.34)], line, gold)
    board.oval(x, y - r * 0.48, r * 0.09, r * 0.09, gold)
    for side in (-1, 1):
        hang = x + side * r * 0.5
        for foot in (-0.2, 0.2):
            board.line([(hang, y - r * 0.34), (hang + foot * r, y + r * 0.08)], line * 0.5, gold)
        board.shape(
            [(hang - r * 0.25, y + r * 0.06), (hang + r * 0.25, y + r * 0.06),
             (hang + r * 0.13, y + r * 0.2), (hang - r * 0.13, y + r * 0.2)],
            gold,
        )  # fmt: skip


def _chair(board: Board, x: float, top: float, half: float) -> None:
    board.box(x - half - 3, top - 3, x + half + 3, 330, darker(DARK, 0.35), 12)
    board.box(x - half, top, x + half, 330, LEATHER, 10)
    board.box(x - half + 5, top + 5, x + half - 5, 330, lighter(LEATHER, 0.09), 8)
    for row in range(3):
        for column in (-1, 0, 1):
            board.oval(x + column * half * 0.5, top + 18 + row * 26, 1.3, 1.3, darker(LEATHER, 0.4))


def bench_wall(board: Board) -> None:
    """Draw the wall behind the judges: panels, a red recess, the disc, high chairs."""
    board.slope(_rect(0, 0, _W, _H), lighter(WALNUT, 0.1), darker(WALNUT, 0.25))
    for column in range(10):
        left = column * 64.0
        panel(board, (left + 3, -4, left + 61, 96), lighter(WALNUT, 0.08))
        panel(board, (left + 3, 101, left + 61, 300), WALNUT)
    board.slope(_rect(226, 0, 414, 300), (118, 36, 34), (72, 22, 24))
    for fold in range(12):
        x = 232 + fold * 16
        board.slope(_rect(x, 0, x + 5, 300), (132, 44, 40), (80, 26, 27))
    for edge in (222, 410):
        board.slope(_rect(edge, 0, edge + 8, 300), lighter(BRASS, 0.05), darker(BRASS, 0.45))
    _disc(board, 320, 42, 34)
    board.light(320, 30, 330, (255, 226, 180), 0.34)
    board.light(0, 330, 300, (20, 8, 4), 0.5)
    board.light(640, 330, 300, (20, 8, 4), 0.5)
    _chair(board, 320, 98, 58)
    _chair(board, 126, 116, 50)
    _chair(board, 514, 116, 50)


def _desk(board: Board, y: float, wood: Colour) -> None:
    """Draw a desk's surface and its front from ``y`` down."""
    board.shadow(_rect(-10, y - 5, _W + 10, y + 4), 4, 0.5)
    board.slope(_rect(0, y, _W, y + 19), lighter(wood, 0.34), lighter(wood, 0.1))
    board.line([(0, y + 0.6), (_W, y + 0.6)], 1.0, lighter(wood, 0.55))
    board.slope(_rect(0, y + 19, _W, y + 24), lighter(wood, 0.2), darker(wood, 0.3))
    board.slope(_rect(0, y + 24, _W, _H), darker(wood, 0.12), darker(wood, 0.5))


def bench_desk(board: Board) -> None:
    """Draw the bench."""
    _desk(board, 286, WALNUT)
    for column in range(8):
        panel(board, (column * 80 + 6, 316, column * 80 + 74, 352), darker(WALNUT, 0.22))
    for x in (126, 514):
        _papers(board, x - 14, 291, 1.0)
    _papers(board, 330, 291, 1.1)


def _papers(board: Board, x: float, y: float, size: float) -> None:
    for lift, shift in ((2.2, 3.0), (0.0, 0.0)):
        board.shape(
            [(x - 26 * size + shift, y + 6 * size + lift), (x - 19 * size + shift, y + lift),
             (x + 22 * size + shift, y + lift), (x + 27 * size + shift, y + 6 * size + lift)],
            darker(PAPER, 0.12 if lift else 0.0),
        )  # fmt: skip
    for row in range(3):
        at = y + 1.6 + row * 1.5 * size
        board.line([(x - 16 * size, at), (x + 17 * size, at)], 0.4, (150, 150, 156))


def _plate(board: Board, x: float, y: float, words: str) -> None:
    """Stand a name plate on the desk's edge."""
    half = 9.5 + 6.4 * len(words)
    board.shadow(_rect(x - half - 2, y + 17, x + half + 4, y + 23), 2, 0.5)
    board.shape([(x - half, y), (x + half, y), (x + half + 2, y + 21), (x - half - 2, y + 21)],
                (250, 246, 236))  # fmt: skip
    board.shape([(x - half - 1.8, y + 19), (x + half + 1.8, y + 19), (x + half + 2, y + 21),
                 (x - half - 2, y + 21)], BRASS)  # fmt: skip
    board.text(x, y + 9.4, words, 12.5, (112, 26, 28))


def _microphone(board: Board, x: float, y: float, lean: float) -> None:
    black: Colour = (52, 52, 58)
    board.oval(x, y, 9, 2.6, darker(black, 0.3))
    board.oval(x, y - 1, 8, 2.2, lighter(black, 0.12))
    path = [(x + lean * t * t, y - 46 * t) for t in (0, 0.25, 0.5, 0.75, 1)]
    board.line(path, 1.7, black)
    top = path[-1]
    board.line([top, (top[0] + lean * 0.24, top[1] - 7)], 4.6, black)
    board.oval(top[0] + lean * 0.05, top[1] + 0.5, 1.5, 1.5, (226, 56, 48))


def bench_front(board: Board) -> None:
    """Draw plates, microphones and the gavel on the bench."""
    for x, lean in ((92, 10), (282, 12), (548, -10)):
        _microphone(board, x, 303, lean)
    for x, words in ((126, "审判员"), (320, "审判长"), (514, "人民陪审员")):
        _plate(board, x, 299, words)
    wood: Colour = (92, 46, 26)
    board.oval(408, 303, 12, 3.4, darker(wood, 0.4))
    board.oval(408, 300.6, 12, 3.4, wood)
    board.line([(402, 297), (428, 304)], 2.0, lighter(wood, 0.12))
    board.line([(400, 290), (405, 300)], 6.4, wood)
    board.line([(399.4, 291.6), (400.4, 293.6)], 6.6, BRASS)


def _side_wall(board: Board) -> None:
    board.slope(_rect(0, 0, _W, 190), lighter(CREAM, 0.15), darker(CREAM, 0.08))
    board.slope(_rect(0, 186, _W, 193), lighter(WALNUT, 0.25), darker(WALNUT, 0.2))
    board.slope(_rect(0, 193, _W, _H), WALNUT, darker(WALNUT, 0.4))
    for column in range(7):
        panel(board, (column * 96 - 14, 200, column * 96 + 76, 300), darker(WALNUT, 0.04))


def _plain_chairs(board: Board, seats: tuple[float, ...]) -> None:
    for x in seats:
        board.box(x - 50, 172, x + 50, 330, darker(DARK, 0.45), 14)
        board.box(x - 46, 176, x + 46, 330, (58, 62, 70), 12)
        board.box(x - 42, 180, x + 42, 330, (70, 75, 84), 10)


def window_wall(board: Board) -> None:
    """Draw the side wall with a tall window behind the plaintiff's table."""
    _side_wall(board)
    for left in (18, 500):
        board.box(left - 5, -5, left + 127, 178, lighter(WALNUT, 0.2))
        board.slope(_rect(left, -5, left + 122, 172), (236, 242, 246), (214, 222, 222))
        for slat in range(21):
            y = slat * 8.4
            board.slope(_rect(left, y, left + 122, y + 5.4), (250, 249, 242), (222, 218, 206))
        for rope in (28, 94):
            board.line([(left + rope, 0), (left + rope, 172)], 0.7, (196, 188, 172))
    board.slope(_rect(308, 0, 352, 186), lighter(CREAM, 0.35), lighter(CREAM, 0.05))
    board.line([(308, 0), (308, 186)], 1, darker(CREAM, 0.15))
    board.line([(352, 0), (352, 186)], 1, darker(CREAM, 0.25))
    board.light(80, 60, 260, (255, 250, 232), 0.5)
    board.light(560, 60, 240, (255, 250, 232), 0.4)
    board.light(320, 380, 330, (24, 12, 6), 0.4)
    _plain_chairs(board, (218, 432))


def door_wall(board: Board) -> None:
    """Draw the other side wall: a door and a board for exhibits."""
    _side_wall(board)
    board.box(500, -6, 628, 330, darker(WALNUT, 0.3))
    board.slope(_rect(507, -6, 621, 330), lighter(WALNUT, 0.12), darker(WALNUT, 0.12))
    panel(board, (518, 8, 560, 150), WALNUT)
    panel(board, (568, 8, 610, 150), WALNUT)
    panel(board, (518, 162, 610, 300), WALNUT)
    board.oval(515, 178, 2.6, 2.6, BRASS)
    board.box(70, 22, 322, 148, (44, 46, 52), 4)
    board.slope(_rect(75, 27, 317, 143), (66, 82, 104), (44, 56, 76))
    board.box(92, 42, 176, 128, PAPER, 1)
    for row in range(9):
        board.line([(99, 52 + row * 8), (168 - 16 * (row % 3), 52 + row * 8)], 1.3,
                   (168, 170, 176))  # fmt: skip
    board.oval(154, 112, 9, 9, (214, 120, 112))
    for row in range(4):
        board.line([(196, 58 + row * 18), (298 - 22 * (row % 2), 58 + row * 18)], 2.4,
                   (150, 168, 190))  # fmt: skip
    board.light(330, 20, 300, (255, 246, 224), 0.32)
    board.light(320, 390, 340, (24, 12, 6), 0.42)
    _plain_chairs(board, (208, 422))


def table_desk(board: Board) -> None:
    """Draw a party's table."""
    _desk(board, 294, lighter(WALNUT, 0.06))
    _papers(board, 206, 299, 1.15)
    _papers(board, 420, 299, 1.15)


def _laptop(board: Board, x: float, y: float) -> None:
    metal: Colour = (150, 154, 162)
    board.shadow(_rect(x - 40, y + 2, x + 44, y + 8), 3, 0.5)
    board.slope([(x - 35, y - 44), (x + 35, y - 44), (x + 38, y), (x - 38, y)],
                lighter(metal, 0.2), darker(metal, 0.12))  # fmt: skip
    board.box(x - 41, y - 1, x + 41, y + 4, lighter(metal, 0.3), 2)
    board.oval(x, y - 23, 3.6, 3.6, lighter(metal, 0.5))


def plaintiff_front(board: Board) -> None:
    """Draw what stands on the plaintiff's table."""
    _microphone(board, 270, 312, -12)
    _microphone(board, 384, 312, 12)
    _plate(board, 138, 310, "诉讼代理人")
    _plate(board, 512, 310, "原告")
    _laptop(board, 326, 318)


def defendant_front(board: Board) -> None:
    """Draw what stands on the defendant's table."""
    _microphone(board, 262, 312, -12)
    _microphone(board, 372, 312, 12)
    _plate(board, 128, 310, "被告")
    _plate(board, 506, 310, "诉讼代理人")
    board.slope(_rect(306, 278, 330, 318), (238, 244, 246), (206, 218, 224))
    board.box(304, 274, 332, 280, (236, 240, 242), 2)
    board.box(309, 284, 327, 306, (96, 148, 188), 1)


def far_wall(board: Board) -> None:
    """Draw the whole room: ceiling lights, panelled wall, floor."""
    board.slope(_rect(0, 0, _W, 190), lighter(WALNUT, 0.12), darker(WALNUT, 0.12))
    for column in range(16):
        panel(board, (column * 40 + 1, 22, column * 40 + 39, 150), lighter(WALNUT, 0.05))
    board.slope(_rect(0, -2, _W, 20), lighter(CREAM, 0.3), darker(CREAM, 0.1))
    for x in (86, 242, 398, 554):
        board.box(x - 46, 4, x + 46, 11, (255, 253, 244), 3)
    board.slope(_rect(256, 20, 384, 150), (118, 36, 34), (78, 24, 25))
    for fold in range(9):
        board.slope(_rect(260 + fold * 14, 20, 264 + fold * 14, 150), (132, 44, 40), (86, 28, 28))
    for edge in (253, 384):
        board.slope(_rect(edge, 20, edge + 4, 150), BRASS, darker(BRASS, 0.4))
    _disc(board, 320, 48, 22)
    _screens(board)
    _floor(board)
    for x in (262, 320, 378):
        tall = 4 if x == 320 else 0  # noqa: PLR2004
        board.box(x - 17, 88 - tall, x + 17, 150, darker(LEATHER, 0.2), 5)
        board.box(x - 15, 90 - tall, x + 15, 150, lighter(LEATHER, 0.05), 4)


def _screens(board: Board) -> None:
    for left in (26, 540):
        board.box(left, 36, left + 74, 84, (36, 38, 44), 2)
        board.slope(_rect(left + 3, 39, left + 71, 81), (70, 92, 120), (46, 62, 86))
        for row in range(3):
            board.line([(left + 12, 48 + row * 11), (left + 58 - 12 * (row % 2), 48 + row * 11)],
                       1.6, (150, 172, 198))  # fmt: skip


def _floor(board: Board) -> None:
    """Draw tiles towards a vanishing point, the step of the bench, and the room's light."""
    board.slope(_rect(0, 148, _W, _H), (166, 142, 116), (112, 90, 72))
    for ray in range(-9, 10):
        board.line([(320 + ray * 40, 148), (320 + ray * 120, 360)], 0.7, (146, 122, 98))
    for y in (160, 176, 198, 228, 268):
        board.line([(0, y), (_W, y)], 0.7, (146, 122, 98))
    board.slope([(196, 150), (444, 150), (470, 182), (170, 182)], (132, 50, 46), (112, 40, 38))
    board.light(320, 10, 360, (255, 236, 200), 0.3)
    board.light(0, 340, 300, (20, 10, 6), 0.4)
    board.light(640, 340, 300, (20, 10, 6), 0.4)


def far_bench(board: Board) -> None:
    """Draw the bench on its step."""
    board.slope([(206, 141), (434, 141), (442, 148), (198, 148)], lighter(WALNUT, 0.36),
                lighter(WALNUT, 0.12))  # fmt: skip
    board.slope(_rect(198, 148, 442, 178), WALNUT, darker(WALNUT, 0.3))
    for column in range(6):
        panel(board, (202 + column * 40, 152, 238 + column * 40, 175), darker(WALNUT, 0.05))
    board.shadow(_rect(190, 178, 450, 184), 4, 0.5)
    for x in (262, 320, 378):
        board.box(x - 11, 142, x + 11, 148.5, (250, 246, 236))
        board.line([(x + 15, 144), (x + 13, 132)], 0.9, (30, 30, 34))


def far_clerk(board: Board) -> None:
    """Draw the clerk's desk with a screen."""
    board.slope([(278, 210), (362, 210), (368, 217), (272, 217)], lighter(WALNUT, 0.36),
                lighter(WALNUT, 0.14))  # fmt: skip
    board.slope(_rect(272, 217, 368, 242), WALNUT, darker(WALNUT, 0.3))
    panel(board, (278, 221, 362, 239), darker(WALNUT, 0.05))
    board.shadow(_rect(264, 242, 376, 248), 4, 0.45)
    board.box(340, 192, 366, 211, (46, 48, 54), 1.5)
    board.box(350, 210, 356, 214, (46, 48, 54))


def far_tables(board: Board) -> None:
    """Draw both parties' tables, turned towards each other."""
    for side in (-1, 1):
        x = [320 + side * d for d in (118, 272, 286, 106)]
        board.slope([(x[0], 236), (x[1], 242), (x[2], 252), (x[3], 246)], lighter(WALNUT, 0.38),
                    lighter(WALNUT, 0.14))  # fmt: skip
        board.slope([(x[3], 246), (x[2], 252), (x[2], 288), (x[3], 280)], WALNUT,
                    darker(WALNUT, 0.34))  # fmt: skip
        board.line([(x[3], 246.5), (x[2], 252.5)], 1, lighter(WALNUT, 0.45))
        board.shadow([(x[3], 280), (x[2], 288), (x[2], 293), (x[3], 285)], 4, 0.4)
        for far in (156, 228):
            at = 320 + side * far
            board.box(at - 13, 240, at + 13, 249, (250, 246, 236))
            board.line([(at + 18, 244), (at + 15, 228)], 1, (30, 30, 34))


def guard(board: Board) -> None:
    """Draw the legs of the officer who stands at the wall."""
    cloth: Colour = (34, 42, 62)
    board.shadow([(592, 190), (622, 190), (624, 195), (590, 195)], 2.5, 0.6)
    for side in (-1, 1):
        x = 606 + side * 4.6
        board.slope([(x - 4.6, 128), (x + 4.6, 128), (x + 3.4, 188), (x - 3.4, 188)],
                    cloth, darker(cloth, 0.3))  # fmt: skip
        board.oval(x + side, 190, 4.6, 2.4, (24, 22, 24))


def rail(board: Board) -> None:
    """Draw the rail between the room and the gallery."""
    board.shadow(_rect(0, 288, _W, 296), 5, 0.35)
    for post in range(33):
        board.slope(_rect(post * 20 - 3, 292, post * 20 + 3, 360), WALNUT, darker(WALNUT, 0.45))
    board.slope(_rect(0, 284, _W, 293), lighter(WALNUT, 0.3), darker(WALNUT, 0.2))
    board.line([(0, 284.6), (_W, 284.6)], 1, lighter(WALNUT, 0.5))
