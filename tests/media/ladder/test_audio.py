"""Real AAC and Opus on their grids."""

import av
import numpy as np
import pytest

from media.ladder.audio import AAC_SAMPLES, AacEncoder, OpusEncoder, Samples

pytestmark = pytest.mark.media
TICK = 1920


def tone(start: int, count: int) -> Samples:
    at = (np.arange(count) + start) / 48_000
    wave = (0.4 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    return np.stack([wave, wave])


def decoded(configuration: bytes, packets: list[bytes]) -> Samples:
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = configuration
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet))]
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def test_packets_are_numbered_by_their_samples_and_aligned() -> None:
    encoder = AacEncoder(30)
    packets = [one for tick in range(40) for one in encoder.push(tone(tick * TICK, TICK))]
    assert [number for number, _ in packets] == list(range(30, 30 + len(packets)))
    heard = decoded(encoder.configuration, [data for _, data in packets])
    # A decoder gives packet p back one frame late: the first is its overlap with nothing.
    aligned = heard[0, 4 * AAC_SAMPLES : 40 * AAC_SAMPLES]
    wanted = tone(0, 60 * AAC_SAMPLES)[0]
    errors = {
        shift: float(np.abs(aligned - wanted[4 * AAC_SAMPLES + shift :][: len(aligned)]).max())
        for shift in (-1024, 0, 1024)
    }
    assert min(errors, key=lambda shift: errors[shift]) == 0
    assert errors[0] < 0.02


def test_a_second_encoder_goes_on_in_the_grid() -> None:
    first, second = AacEncoder(0), AacEncoder(15)
    packets = [one for tick in range(10) for one in first.push(tone(tick * TICK, TICK))][:15]
    packets += [one for tick in range(8, 20) for one in second.push(tone(tick * TICK, TICK))]
    assert [number for number, _ in packets] == list(range(len(packets)))
    assert first.configuration == second.configuration
    heard = decoded(first.configuration, [data for _, data in packets])
    assert heard.shape[1] == len(packets) * AAC_SAMPLES


def test_silence_becomes_digital_silence_within_a_frame() -> None:
    encoder = AacEncoder(0)
    edge = 20 * TICK + 300
    sound = tone(0, 40 * TICK)
    sound[:, edge:] = 0
    packets = [
        data for tick in range(40) for _, data in encoder.push(sound[:, tick * TICK :][:, :TICK])
    ]
    heard = decoded(encoder.configuration, packets)
    assert np.abs(heard[:, : edge - AAC_SAMPLES]).max() > 0.3
    assert not heard[:, edge + AAC_SAMPLES :].any()


def test_opus_packets_carry_the_sample_they_are_heard_from() -> None:
    encoder = OpusEncoder(5 * TICK)
    packets = [one for tick in range(5, 8) for one in encoder.push(tone(tick * TICK, TICK))]
    assert [at + 312 for at, _ in packets] == [5 * TICK + 960 * index for index in range(6)]
