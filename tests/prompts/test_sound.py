"""From WAV files of every kind, and from speech, to what Asterisk plays."""

import io
import wave

import numpy as np
import pytest

from callrouter.prompts.playable import PromptError
from callrouter.prompts.sound import Pcm, from_speech, from_wav
from tests.prompts.waves import heard, pitch, tone, wav

KINDS = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM"]


def as_asterisk_wants_it(content: bytes, rate: int) -> bool:
    """Whether this is 16-bit mono with the plain header of 44 bytes."""
    with wave.open(io.BytesIO(content)) as file:
        form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        return form == (1, 2, rate) and len(content) == 44 + 2 * file.getnframes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 48_000])
def test_any_width_and_rate_becomes_8_and_16_khz(kind: str, rate: int) -> None:
    sound = from_wav(wav(tone(rate), rate, kind))
    assert sound.seconds == pytest.approx(1.0, abs=0.05)  # ADPCM comes in blocks
    for suffix, expected in ((".wav", 8_000), (".wav16", 16_000)):
        assert as_asterisk_wants_it(sound.files[suffix], expected)
        assert pitch(sound.files[suffix]) == pytest.approx(440, abs=3)
        assert np.max(np.abs(heard(sound.files[suffix])[0])) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "RF64"])
def test_any_number_of_channels_is_heard(kind: str) -> None:
    for channels in (2, 6):
        samples = np.column_stack([tone(hertz=300 + 100 * i) for i in range(channels)])
        sound = from_wav(wav(samples, 44_100, kind=kind))
        assert as_asterisk_wants_it(sound.files[".wav"], 8_000)
        assert np.max(np.abs(heard(sound.files[".wav"])[0])) > 0.1


def test_what_a_telephone_cannot_carry_is_not_folded_into_what_it_can() -> None:
    sound = from_wav(wav(tone(hertz=7_000), 44_100))
    assert np.max(np.abs(heard(sound.files[".wav"])[0][400:-400])) < 0.001
    assert np.max(np.abs(heard(sound.files[".wav16"])[0])) > 0.4


def test_sound_beyond_full_scale_is_not_clipped() -> None:
    sound = from_wav(wav(tone(level=4.0), 44_100, "FLOAT"))
    samples, _ = heard(sound.files[".wav16"])
    assert 0.99 < np.max(np.abs(samples)) <= 1
    assert np.sum(np.abs(samples) > 0.99) < len(samples) / 10


def test_speech_is_made_equally_loud() -> None:
    for level in (0.05, 0.5, 1.0):
        speech = Pcm(tone(22_050, level=level).astype(np.float32), 22_050)
        for content in from_speech(speech).files.values():
            peak = np.max(np.abs(heard(content)[0]))
            assert 20 * np.log10(peak) == pytest.approx(-3, abs=0.3)


def test_speech_without_sound_is_refused() -> None:
    for samples in (np.zeros(0), np.zeros(22_050), np.full(22_050, 0.001)):
        with pytest.raises(PromptError, match="nothing that can be spoken"):
            from_speech(Pcm(samples.astype(np.float32), 22_050))


GOOD = wav(tone(8_000), 8_000)
LIST_FIRST = GOOD[:36] + b"LIST\x03\x00\x00\x00abc\x00" + GOOD[36:]


def test_chunks_before_the_sound_and_an_unknown_length_do_no_harm() -> None:
    streamed = GOOD[:40] + b"\xff\xff\xff\xff" + GOOD[44:]
    for content in (LIST_FIRST, streamed, GOOD + b"LIST\x02\x00\x00\x00ab"):
        assert from_wav(content).seconds == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "is empty", id="an empty file"),
        pytest.param(b"hello", "not a WAV file", id="a text"),
        pytest.param(b"ID3\x04" + bytes(4000), "not a WAV file", id="an MP3"),
        pytest.param(wav(tone(), 44_100, "VORBIS", "OGG"), "not a WAV file", id="an OGG"),
        pytest.param(GOOD[:-1000], "its end is missing", id="a file cut off in its sound"),
        pytest.param(GOOD[:40], "cut off", id="a file cut off in its header"),
        pytest.param(GOOD[:12], "cut off", id="only the beginning of a header"),
        pytest.param(wav(tone(seconds=0), 8_000), "no samples", id="no samples"),
        pytest.param(wav(tone(1_000, 1), 1_000), "no rate for speech", id="1,000 samples a second"),
        pytest.param(
            wav(tone(8_000, 601), 8_000, "PCM_U8"), "10 minutes long", id="over 10 minutes"
        ),
        pytest.param(
            wav(tone() * np.nan, 44_100, "FLOAT"), "no sound", id="values that are no number"
        ),
        pytest.param(
            GOOD[:20] + b"\x55\x99" + GOOD[22:], "cannot be read", id="a coding nobody knows"
        ),
    ],
)
def test_what_is_no_sound_is_refused_with_a_remedy(content: bytes, expected: str) -> None:
    with pytest.raises(PromptError, match=expected) as caught:
        from_wav(content)
    assert caught.value.remedy
