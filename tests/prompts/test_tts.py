"""Real speech, in the languages that must work."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from callrouter.prompts.playable import PromptError
from callrouter.prompts.sound import from_speech
from callrouter.prompts.tts import Espeak, voice_for

LATIN = "Hvala što ste pozvali. Svi naši operateri su zauzeti. Ljubav, džep, njiva."
CYRILLIC = "Хвала што сте позвали. Сви наши оператери су заузети. Љубав, џеп, њива."


@pytest.fixture(scope="module")
def espeak() -> Iterator[Espeak]:
    with Espeak() as engine:
        yield engine


@pytest.mark.parametrize(
    ("language", "text", "shortest", "longest"),
    [
        pytest.param("en", "Thank you for calling Acme. Please hold.", 2, 4, id="English"),
        pytest.param("en-us", "Thank you for calling Acme. Please hold.", 2, 4, id="American"),
        pytest.param("ar", "شكرا لاتصالكم. جميع موظفينا مشغولون الآن.", 3, 7, id="Arabic"),
        pytest.param("sr", LATIN, 4, 9, id="Serbian, Latin"),
        pytest.param("sr", CYRILLIC, 4, 9, id="Serbian, Cyrillic"),
        pytest.param("sr-cyrl-rs", CYRILLIC, 4, 9, id="Serbian, with its script and country"),
    ],
)
def test_a_sentence_is_heard(
    espeak: Espeak, language: str, text: str, shortest: float, longest: float
) -> None:
    speech = espeak.speak(text, language)
    assert shortest < speech.seconds < longest
    assert float(np.sqrt(np.mean(speech.samples**2))) > 0.02
    assert set(from_speech(speech).files) == {".wav", ".wav16"}


def test_serbian_sounds_the_same_in_both_scripts(espeak: Espeak) -> None:
    latin, cyrillic = espeak.speak(LATIN, "sr"), espeak.speak(CYRILLIC, "sr")
    assert cyrillic.seconds == pytest.approx(latin.seconds, rel=0.02)  # spelling takes far longer


def test_many_texts_are_spoken_by_one_process_that_ends_with_the_engine() -> None:
    with Espeak() as engine:
        assert {"en", "ar", "sr"} <= set(engine.languages())
        process = engine._process
        for word in ("one", "two", "three"):
            assert engine.speak(word, "en").seconds > 0.2
        assert engine._process is process
    assert process is not None
    assert process.returncode is not None


def test_the_library_is_never_loaded_here(espeak: Espeak) -> None:
    espeak.speak("hello", "en")
    assert "espeak" not in Path("/proc/self/maps").read_text()
    assert "espeakng_loader" not in sys.modules


@pytest.mark.parametrize(
    ("language", "remedy"),
    [("eng", "en"), ("srb", "sr"), ("tlh", "th|tl"), ("x", "."), ("", ".")],
)
def test_an_unknown_language_is_refused_with_near_ones(
    espeak: Espeak, language: str, remedy: str
) -> None:
    with pytest.raises(PromptError, match="does not speak") as caught:
        espeak.speak("hello", language)
    assert re.search(remedy, caught.value.remedy)


def test_a_form_of_a_language_falls_back_to_the_language() -> None:
    assert voice_for("sr-Latn-RS", {"sr": "zls/sr"}) == "zls/sr"
    assert voice_for("pt_BR", {"pt": "p", "pt-br": "b"}) == "b"


def test_a_text_too_long_is_refused(espeak: Espeak) -> None:
    with pytest.raises(PromptError, match=r"longer than 2,000"):
        espeak.speak("a" * 2001, "en")


@pytest.mark.parametrize(
    "text",
    [
        "-v whatever",
        "<speak>hi</speak>",
        "[[h@'loU]]",
        "a\0b",
        "🙂 hello",
        "‏مرحبا",
        "a\n\nb",
        "\ufeffa",
    ],
)
def test_no_text_breaks_the_engine(espeak: Espeak, text: str) -> None:
    assert espeak.speak(text, "en").seconds > 0.1


def test_an_engine_that_hangs_is_killed_and_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with Espeak() as engine:
        engine.speak("hello", "en")
        assert engine._process is not None
        os.kill(engine._process.pid, signal.SIGSTOP)
        monkeypatch.setattr(engine, "_timeout", 0.2)
        with pytest.raises(PromptError, match=r"did not finish within 0\.2 seconds"):
            engine.speak("hello", "en")
        monkeypatch.setattr(engine, "_timeout", 20.0)
        assert engine.speak("hello", "en").seconds > 0.2


def test_an_engine_that_dies_is_started_anew() -> None:
    with Espeak() as engine:
        engine.speak("hello", "en")
        assert engine._process is not None
        engine._process.kill()
        engine._process.wait()
        with pytest.raises(PromptError, match="broke off"):
            engine.speak("hello", "en")
        assert engine.speak("hello", "en").seconds > 0.2


def test_an_engine_that_does_not_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(PromptError, match="does not start") as caught:
        Espeak().speak("hello", "en")
    assert "espeakng-loader" in caught.value.remedy


def test_the_engine_is_asked_for_no_more_time_than_it_has() -> None:
    start = time.monotonic()
    with Espeak(timeout=0.001) as engine, pytest.raises(PromptError):
        engine.speak("hello", "en")
    assert time.monotonic() - start < 5
