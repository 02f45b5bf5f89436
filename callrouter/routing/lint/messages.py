"""Messages: missing, in letters that their language is not written in, or a file's name."""

import re
import unicodedata
from collections.abc import Iterator

from callrouter.routing.lint.finding import Finding, Path, settings_path
from callrouter.routing.model import IncomingCallSettings, Prompt

_SOUND_FILE = re.compile(
    r"[^\n]{1,200}\.(?:wav|mp3|ogg|opus|flac|m4a|gsm|ulaw|alaw)", re.IGNORECASE
)
_FILLED_IN = re.compile(r"\{[^{}]*\}")
_LETTERS = {
    **dict.fromkeys(("ar", "fa", "ur", "ps", "sd", "ug"), ("ARABIC",)),
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "kk", "ky", "tt", "ba", "cv"), ("CYRILLIC",)),
    **dict.fromkeys(("sr", "bs", "uz", "az", "tk"), ("LATIN", "CYRILLIC")),
    **dict.fromkeys(("el", "grc"), ("GREEK",)),
    **dict.fromkeys(("hi", "mr", "ne"), ("DEVANAGARI",)),
    **dict.fromkeys(("zh", "cmn", "yue", "hak"), ("CJK", "LATIN")),
    "he": ("HEBREW",),
    "hy": ("ARMENIAN",),
    "ka": ("GEORGIAN",),
    "ko": ("HANGUL",),
    "ja": ("CJK", "HIRAGANA", "KATAKANA"),
}
_LATIN_LANGUAGES = frozenset(
    "af ca cs cy da de en es et eu fi fr ga hr hu id is it la lt lv ms mt nl "  # noqa: SIM905
    "no nb pl pt ro sk sl sq sv sw tr vi".split()
)


def messages(settings: IncomingCallSettings) -> Iterator[Finding]:
    """What callers of these settings hear, or do not hear."""
    path = settings_path(settings)
    for field, prompt, hears in (
        ("greeting_message", settings.greeting_message, "is not greeted"),
        ("agent_busy_message", settings.agent_busy_message, "hears nothing when all are busy"),
        (
            "agent_unavailable_message",
            settings.agent_unavailable_message,
            "hears nothing when nobody is available",
        ),
    ):
        if prompt is None:
            yield Finding(path, f"{field} is missing: the caller {hears}", f"add {field}")
        else:
            yield from _spoken((*path, field), prompt)
    for place, prompt in _others(settings):
        yield from _spoken((*path, *place), prompt)


def _others(settings: IncomingCallSettings) -> Iterator[tuple[Path, Prompt]]:
    if settings.closed_message is not None:
        yield ("closed_message",), settings.closed_message
    for field, steps in (
        ("follow_on", settings.follow_on),
        ("follow_on_closed", settings.follow_on_closed),
    ):
        for place, step in enumerate(steps):
            if step.message is not None:
                yield (field, place, "message"), step.message


def _spoken(path: Path, prompt: Prompt) -> Iterator[Finding]:
    yield from _script(path, prompt)
    if prompt.text and _SOUND_FILE.fullmatch(prompt.text.strip()):
        message = "this looks like the name of a sound file, and it would be read out"
        remedy = f"write {{sound: {prompt.text.strip()}}} to play the file"
        yield Finding(path, message, remedy)


def _script(path: Path, prompt: Prompt) -> Iterator[Finding]:
    """Text in letters that the language is not written in: it would be spelled, or silent."""
    language = (prompt.language or "").partition("-")[0]
    latin = language in _LATIN_LANGUAGES
    expected = ("LATIN",) if latin else _LETTERS.get(language)
    if not prompt.text or expected is None:
        return
    # What stands in braces is filled in, in the right letters.
    text = _FILLED_IN.sub("", prompt.text)
    scripts = [unicodedata.name(c, "?").partition(" ")[0] for c in text if c.isalpha()]
    fitting = sum(script in expected for script in scripts)
    # Brand names in Latin letters are common in any language; the other way round it is a mistake.
    strange = fitting < len(scripts) if latin else fitting * 2 < len(scripts)
    if strange:
        worst = max(set(scripts) - set(expected), key=scripts.count).capitalize()
        message = f"the text has {worst} letters, but its language is {prompt.language}"
        yield Finding(path, message, "write {text: …, language: …} with the text's own language")
