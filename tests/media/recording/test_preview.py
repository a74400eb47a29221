from media.recording.preview import Storyboard, preview_track

BOARD = Storyboard(160, 90, 10, 10, ("a.jpg", "b.jpg"), tuple(range(0, 505, 5)))


def test_pictures_are_placed_row_by_row() -> None:
    assert BOARD.place(0) == ("a.jpg", 0, 0)
    assert BOARD.place(12) == ("a.jpg", 320, 90)
    assert BOARD.place(100) == ("b.jpg", 0, 0)


def test_each_picture_stands_until_the_next_and_withdrawn_ones_are_left_out() -> None:
    places = {0: 0.0, 10: 9.6, 500: 3661.5}
    assert preview_track(BOARD, places, 3670.0) == (
        """\
WEBVTT

00:00:00.000 --> 00:00:09.600
a.jpg#xywh=0,0,160,90

00:00:09.600 --> 01:01:01.500
a.jpg#xywh=320,0,160,90

01:01:01.500 --> 01:01:10.000
b.jpg#xywh=0,0,160,90
"""
    )
