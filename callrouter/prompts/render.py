"""A table → the same table with every message made into sound, before any call needs it."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from callrouter.prompts.playable import Playable, PromptError
from callrouter.prompts.store import PromptStore, Stored, key_of
from callrouter.prompts.templates import filled, is_template
from callrouter.prompts.tts import Engine
from callrouter.prompts.walk import with_prompts
from callrouter.routing.model import Prompt, RoutingTable

_SAMPLE = "9"  # what any voice can say where the time will stand


class Unrendered(NamedTuple):
    """A prompt that could not be made into sound, and why."""

    prompt: Prompt
    reason: PromptError


class RenderError(Exception):
    """Some messages cannot be made into sound; `unrendered` names all of them."""

    def __init__(self, unrendered: tuple[Unrendered, ...]) -> None:
        super().__init__(f"{len(unrendered)} messages cannot be made into sound")
        self.unrendered = unrendered


def render_table(table: RoutingTable, store: PromptStore, engine: Engine) -> RoutingTable:
    """`table` with `media` and `seconds` in every prompt; what is in the store is not made again.

    A text with a placeholder is never played itself: it stays as it is, once it is known that it
    can be spoken. Raises RenderError, after trying all prompts, and OSError when the store cannot
    be written.
    """
    done: dict[Prompt, Prompt] = {}
    failed: list[Unrendered] = []

    def rendered(prompt: Prompt) -> Prompt:
        if prompt not in done:
            try:
                done[prompt] = render_prompt(prompt, store, engine)
            except PromptError as error:
                failed.append(Unrendered(prompt, error))
                done[prompt] = prompt
        return done[prompt]

    with_sound = with_prompts(table, rendered)
    if failed:
        raise RenderError(tuple(failed))
    return with_sound


def render_prompt(prompt: Prompt, store: PromptStore, engine: Engine) -> Prompt:
    """One prompt as `render_table` has it; raises PromptError where it cannot be spoken."""
    if is_template(prompt):
        _render(filled(prompt, _SAMPLE), store, engine)
        return prompt
    stored = _render(prompt, store, engine)
    return replace(prompt, media=stored.media, seconds=stored.seconds)


def _render(prompt: Prompt, store: PromptStore, engine: Engine) -> Stored:
    if prompt.sound is not None:
        try:
            content = Path(prompt.sound).read_bytes()
        except OSError as error:
            raise PromptError(
                f"the sound file cannot be read ({error.strerror})",
                "check the path and permissions",
            ) from None
        key = key_of("file", content)
        return store.find(key) or store.put(key, _recorded(content))
    text, language = prompt.text or "", prompt.language or "en"
    key = key_of("text", engine.id, language, text)
    return store.find(key) or store.put(key, _spoken(engine, text, language))


def _recorded(content: bytes) -> Playable:
    from callrouter.prompts.sound import from_wav

    return from_wav(content)


def _spoken(engine: Engine, text: str, language: str) -> Playable:
    from callrouter.prompts.sound import from_speech

    return from_speech(engine.speak(text, language))
