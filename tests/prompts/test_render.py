"""Whole tables: every message rendered, each once, all failures told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from callrouter.prompts.playable import PromptError
from callrouter.prompts.render import RenderError, render_table
from callrouter.prompts.sound import Pcm
from callrouter.prompts.store import PromptStore
from callrouter.routing.model import CallRouting, IncomingCallSettings, Prompt, RoutingTable
from tests.prompts.waves import tone, wav


class Humming:
    """An engine that hums half a second for every text, and remembers what it was asked."""

    def __init__(self, id_: str = "humming 1") -> None:
        self.id = id_
        self.spoken: list[tuple[str, str]] = []

    def languages(self) -> Sequence[str]:
        return ("en",)

    def speak(self, text: str, language: str) -> Pcm:
        self.spoken.append((text, language))
        if language not in self.languages():
            raise PromptError(f"cannot speak {language}")
        return Pcm(tone(22_050, 0.5).astype(np.float32), 22_050)


def table(
    greeting_message: Prompt | None = None,
    agent_busy_message: Prompt | None = None,
    agent_unavailable_message: Prompt | None = None,
) -> RoutingTable:
    settings = IncomingCallSettings(
        "office",
        ("700",),
        "UTC",
        CallRouting.SEQUENTIAL,
        (),
        greeting_message,
        agent_busy_message,
        agent_unavailable_message,
    )
    return RoutingTable("v", {}, {}, {"office": settings}, {"700": "office"})


HELLO = Prompt(text="Hello.", language="en")


def test_every_message_gets_its_sound_and_the_rest_stays(tmp_path: Path) -> None:
    before = table(greeting_message=HELLO)
    after = render_table(before, PromptStore(tmp_path), Humming())
    greeting = after.settings["office"].greeting_message
    assert greeting is not None
    assert greeting.seconds == pytest.approx(0.5)
    assert greeting == replace(HELLO, media=greeting.media, seconds=greeting.seconds)
    assert after.settings["office"].agent_busy_message is None
    assert (after.version, after.numbers) == (before.version, before.numbers)


def test_a_text_is_spoken_once_and_never_again(tmp_path: Path) -> None:
    engine = Humming()
    both = table(greeting_message=HELLO, agent_busy_message=HELLO)
    first = render_table(both, PromptStore(tmp_path), engine)
    assert render_table(both, PromptStore(tmp_path), engine) == first
    assert engine.spoken == [("Hello.", "en")]


def test_another_engine_speaks_anew(tmp_path: Path) -> None:
    render_table(table(greeting_message=HELLO), PromptStore(tmp_path), Humming())
    other = Humming("humming 2")
    render_table(table(greeting_message=HELLO), PromptStore(tmp_path), other)
    assert other.spoken == [("Hello.", "en")]


def test_a_sound_file_is_found_by_what_is_in_it(tmp_path: Path) -> None:
    sound = tmp_path / "hello.wav"
    message = table(greeting_message=Prompt(sound=str(sound)))
    medias = set()
    for seconds in (0.1, 0.2, 0.1):
        sound.write_bytes(wav(tone(8_000, seconds), 8_000))
        rendered = render_table(message, PromptStore(tmp_path / "prompts"), Humming())
        greeting = rendered.settings["office"].greeting_message
        assert greeting is not None
        assert greeting.seconds == pytest.approx(seconds)
        medias.add(greeting.media)
    assert len(medias) == 2


def test_all_failures_are_told(tmp_path: Path) -> None:
    broken = table(
        greeting_message=Prompt(text="Salut.", language="fr"),
        agent_busy_message=HELLO,
        agent_unavailable_message=Prompt(sound=str(tmp_path / "gone.wav")),
    )
    with pytest.raises(RenderError) as caught:
        render_table(broken, PromptStore(tmp_path), Humming())
    office = broken.settings["office"]
    assert [(each.prompt, each.reason.message) for each in caught.value.unrendered] == [
        (office.greeting_message, "cannot speak fr"),
        (
            office.agent_unavailable_message,
            "the sound file cannot be read (No such file or directory)",
        ),
    ]
