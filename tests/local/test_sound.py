"""Sounds: levels and tones that the demonstration and the end-to-end tests rely on."""

from pathlib import Path

import numpy as np
import pytest

from callrouter.local.sound import SILENCE_LEVEL, Sound, silence, tone


def test_levels() -> None:
    assert silence(1).level() == SILENCE_LEVEL
    assert tone(440, 1, level=-12).level() == pytest.approx(-15, abs=0.1)
    assert silence(2).then(tone(440, 0.3)).loudest() > -16
    assert Sound(np.zeros(0, np.int16), 8000).loudest() == SILENCE_LEVEL


def test_a_tone_is_found_where_it_is() -> None:
    heard = silence(1).then(tone(440, 0.5)).then(tone(660, 0.25)).then(silence(1))
    assert heard.tone_seconds(440) == pytest.approx(0.5, abs=0.06)
    assert heard.tone_seconds(660) == pytest.approx(0.25, abs=0.06)
    assert heard.tone_seconds(1000) == 0.0
    assert heard.part(1.6).tone_seconds(440) == 0.0


def test_noise_and_silence_are_no_tone() -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 16_000).astype(np.int16)
    assert Sound(noise, 8000).tone_seconds(440) == 0.0
    assert tone(440, 1, level=-70).tone_seconds(440) == 0.0


def test_another_rate_keeps_length_and_tone(tmp_path: Path) -> None:
    wide = tone(440, 1, rate=16_000)
    narrow = wide.at(8000)
    assert narrow.seconds == pytest.approx(1.0, abs=0.01)
    assert narrow.tone_seconds(440) == pytest.approx(1.0, abs=0.1)
    narrow.save(tmp_path / "x.wav")
    assert np.array_equal(Sound.load(tmp_path / "x.wav").samples, narrow.samples)
