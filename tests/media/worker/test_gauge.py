"""What is told of released frames, with the real mixer and composer."""

from collections.abc import Mapping, Sequence

import av
import numpy as np

from media.direction import Direction
from media.gate import Gate, OrderRecord
from media.marks import Mask, Templates
from media.messages import Message
from media.ordering import checked
from media.program.leveller import Leveller
from media.program.sound import Mixer
from media.release import CameraView, Composer, Pixels
from media.staff_messages import Alarms, ProgramMeter
from media.worker.gauge import Gauge

START = 1_795_399_353_400_000
TICK_US, SECOND = 40_000, 1_000_000


class Pictures:
    """Shows one picture, whatever the cameras have."""

    cameras = ("judge", "defence")
    shown = np.full((270, 320), 120, np.uint8)

    def arrange(self, layout: str, cameras: Sequence[str]) -> None:
        """Do nothing."""

    def mask(self, camera: str, masks: Sequence[Mask]) -> None:
        """Do nothing."""

    def compose(self, pictures: Mapping[str, av.VideoFrame | None], court_us: int) -> Pixels:
        del pictures
        picture = self.shown.copy()
        picture[170:180] = court_us // TICK_US % 200  # the clock
        return picture

    def picture(self, kind: str, court_us: int) -> Pixels:
        del kind, court_us
        return np.zeros((270, 320), np.uint8)


class Hearing:
    """A broadcast on the air whose microphones hear tones."""

    def __init__(self) -> None:
        gate, direction = Gate(), Direction("two", ["judge", "defence"], Templates({}))
        gate.add(OrderRecord(1, "start", START - 10 * SECOND, "", "", checked("start", {})), 0)
        self.gate, self.pictures, leveller = gate, Pictures(), Leveller()
        self.mixer = Mixer(self.pictures.cameras, leveller)
        self.composer = Composer(gate, direction, self.pictures, self.pictures, self.mixer, TICK_US)
        self.gauge = Gauge(self.mixer, leveller)
        self.tick = 0

    def run(self, seconds: float, **amplitudes: float) -> list[Message]:
        """Return what is told while each microphone hears a tone of its own loudness."""
        told: list[Message] = []
        for _ in range(round(seconds * 25)):
            at_us = START + self.tick * TICK_US
            at = (np.arange(1920) + self.tick * 1920) / 48_000  # comes two ticks early
            for camera, amplitude in amplitudes.items():
                wave = (amplitude * np.sin(2 * np.pi * 1000 * at)).astype(np.float32)
                frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
                frame.sample_rate = 48_000
                self.mixer.push(camera, frame, at_us + 2 * TICK_US)
            views = {
                camera: CameraView(av.VideoFrame(16, 16, "yuv420p"), at_us, lost=False)
                for camera in self.pictures.cameras
            }
            self.speaker = self.gauge.speaker(at_us)
            released = self.composer.compose(self.tick, at_us, self.gate.verdict(at_us), views)
            told += self.gauge.take(released)
            self.tick += 1
        return told


def test_the_program_and_each_microphone_are_metered_ten_times_a_second() -> None:
    meters = [one for one in Hearing().run(4, judge=0.1) if isinstance(one, ProgramMeter)]
    assert len(meters) == 40
    last = meters[-1]
    peak, rms = last.microphones["judge"]
    assert abs(peak + 20) < 0.5
    assert abs(rms + 23) < 0.5
    assert last.microphones["defence"][0] < -100
    assert last.momentary_lufs is not None
    assert last.short_term_lufs is not None
    assert abs(last.momentary_lufs + 23) < 4
    assert last.gain_db < -1  # a tone of -20 dBFS is louder than the programme shall be


def test_who_speaks_is_told_and_nobody_after_a_silence() -> None:
    hearing = Hearing()
    hearing.run(5, judge=0.1, defence=0.01)
    assert hearing.speaker == "judge"
    hearing.run(5, judge=0.01, defence=0.1)
    assert hearing.speaker == "defence"
    hearing.run(8, judge=0.0001, defence=0.0001)
    assert hearing.speaker is None


def test_silence_and_black_on_the_air_are_alarms_and_a_slate_is_not() -> None:
    hearing = Hearing()
    assert all(not one.alarms for one in hearing.run(3, judge=0.1) if isinstance(one, Alarms))
    hearing.pictures.shown = np.full((270, 320), 16, np.uint8)
    told = [one for one in hearing.run(10, judge=0.0001) if isinstance(one, Alarms)]
    assert {alarm.code for alarm in told[-1].alarms} == {"black", "silent"}
    assert told[-1].camera == ""
    recess_us = START + hearing.tick * TICK_US
    hearing.gate.add(OrderRecord(2, "recess", recess_us, "", "", checked("recess", {})), 0)
    told = [one for one in hearing.run(12) if isinstance(one, Alarms)]
    assert told
    assert not any(one.alarms for one in told[1:])
