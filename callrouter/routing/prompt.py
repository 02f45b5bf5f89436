"""What a caller hears."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something a caller hears: text for a TTS engine, or a sound file.

    `media` is the path, without extension, of the rendered audio on the Asterisk host; it is
    None in a table that was only checked. `seconds` is its length.
    """

    text: str | None = None
    language: str | None = None
    sound: str | None = None
    media: str | None = None
    seconds: float = 0.0
