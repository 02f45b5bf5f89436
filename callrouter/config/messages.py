"""A message as it is written → the prompt that is played."""

from pathlib import Path
from typing import Any

from callrouter.config.document import MessageEntry
from callrouter.config.plain import mapping, messages
from callrouter.config.problems import Loc
from callrouter.config.values import language as accepted_language
from callrouter.routing.model import Prompt


def prompt_of(message: MessageEntry | None, folder: Path, language: str) -> Prompt | None:
    """The prompt in its own language, else in `language`; paths are relative to `folder`."""
    if message is None:
        return None
    if message.sound is not None:
        return Prompt(sound=str((folder / message.sound).resolve()))
    return Prompt(text=message.text, language=message.language or language)


def message_places(values: Any, folder: Path) -> dict[Prompt, list[Loc]]:
    """Where in the configuration each prompt is written; `values` are its plain values."""
    usual = mapping(values).get("language", "en")
    places: dict[Prompt, list[Loc]] = {}
    for message in messages(values):
        entry = MessageEntry.model_validate(message.written)
        owner = mapping(mapping(mapping(values).get(str(message.loc[0]))).get(str(message.loc[1])))
        language = accepted_language(owner.get("language", usual))
        prompt = prompt_of(entry, folder, language)
        if prompt is not None:
            places.setdefault(prompt, []).append(message.loc)
    return places
