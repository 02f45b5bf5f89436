"""A table → the same table with every message made into sound, before any call needs it."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from callrouter.prompts.sound import PromptError, from_speech, from_wav
from callrouter.prompts.store import PromptStore, Stored, key_of
from callrouter.prompts.tts import Engine
from callrouter.routing.model import IncomingCallSettings, Prompt, RoutingTable


class Unrendered(NamedTuple):
    """A message that could not be made into sound: whose, which field, and why."""

    settings: str
    field: str
    reason: PromptError


class RenderError(Exception):
    """Some messages cannot be made into sound; `unrendered` names all of them."""

    def __init__(self, unrendered: tuple[Unrendered, ...]) -> None:
        super().__init__(f"{len(unrendered)} messages cannot be made into sound")
        self.unrendered = unrendered


def render_table(table: RoutingTable, store: PromptStore, engine: Engine) -> RoutingTable:
    """`table` with `media` and `seconds` in every prompt; what is in the store is not made again.

    Raises RenderError, after trying all messages, and OSError when the store cannot be written.
    """
    done: dict[Prompt, Prompt | PromptError] = {}
    failed: list[Unrendered] = []

    def rendered(
        settings: IncomingCallSettings, field: str, prompt: Prompt | None
    ) -> Prompt | None:
        if prompt is None:
            return None
        if prompt not in done:
            try:
                stored = _render(prompt, store, engine)
                done[prompt] = replace(prompt, media=stored.media, seconds=stored.seconds)
            except PromptError as error:
                done[prompt] = error
        result = done[prompt]
        if isinstance(result, PromptError):
            failed.append(Unrendered(settings.name, field, result))
            return None
        return result

    def with_sound(each: IncomingCallSettings) -> IncomingCallSettings:
        return replace(
            each,
            greeting_message=rendered(each, "greeting_message", each.greeting_message),
            agent_busy_message=rendered(each, "agent_busy_message", each.agent_busy_message),
            agent_unavailable_message=rendered(
                each, "agent_unavailable_message", each.agent_unavailable_message
            ),
        )

    settings = {name: with_sound(each) for name, each in table.settings.items()}
    if failed:
        raise RenderError(tuple(failed))
    return replace(table, settings=settings)


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
        return store.find(key) or store.put(key, from_wav(content))
    text, language = prompt.text or "", prompt.language or "en"
    key = key_of("text", engine.id, language, text)
    return store.find(key) or store.put(key, from_speech(engine.speak(text, language)))
