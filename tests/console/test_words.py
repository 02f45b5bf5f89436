"""Every text of the pages, their scripts and the console's Python is there in every language."""

import re
import subprocess
from gettext import c2py
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from playwright._impl._driver import compute_driver_executable

from callrouter.console import words
from callrouter.console.words import best_language, joined, words_for_scripts, words_of

CONSOLE = Path(words.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("static/js/**.js", "javascript")]
OPTIONS = {
    "templates/**.html": {"extensions": "jinja2.ext.do", "trimmed": "false"},
}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
OTHERS = ("ar", "sr")
FORMS = {"ar": 6, "sr": 3}


def texts() -> Catalog:
    """Everything that is marked for translation."""
    found = Catalog()
    for file, line, message, _, _ in extract_from_dir(
        str(CONSOLE), METHODS, OPTIONS, keywords=KEYWORDS
    ):
        found.add(message, locations=[(file, line)])
    return found


def files(language: str) -> list[Path]:
    return sorted((CONSOLE / "locale" / language).glob("*.po"))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_its_translation(language: str) -> None:
    have = joined(language)
    assert have is not None
    missing = []
    for message in texts():
        if not message.id:
            continue
        translated = have.get(message.id)
        strings = translated.string if translated else ""
        wanted = FORMS[language] if message.pluralizable else 1
        forms = [strings] if isinstance(strings, str) else list(strings or ())
        if translated is None or translated.fuzzy or len(forms) != wanted or not all(forms):
            missing.append(f"{message.locations[0][0]}:{message.locations[0][1]}: {message.id!r}")
    assert missing == [], "\n".join(missing)


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_same_placeholders(language: str) -> None:
    have = joined(language)
    assert have is not None
    wrong = []
    for message in have:
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        may = {name for text in ids for name in PLACEHOLDER.findall(text)}
        must = may - {("num", "")}
        for form in forms:
            has = set(PLACEHOLDER.findall(form))
            if not must <= has <= may:
                wrong.append(f"{message.id!r}: {form!r}")
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_over_or_given_twice_otherwise(language: str) -> None:
    used = {message.id if isinstance(message.id, str) else message.id[0] for message in texts()}
    seen: dict[str, object] = {}
    wrong = []
    for path in files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language, abort_invalid=True):
                if not message.id:
                    continue
                first = message.id if isinstance(message.id, str) else message.id[0]
                if first not in used:
                    wrong.append(f"{path.name}: {first!r} is not used")
                if seen.setdefault(first, message.string) != message.string:
                    wrong.append(f"{path.name}: {first!r} is translated otherwise elsewhere")
    assert wrong == []


def test_no_text_of_a_script_escapes_the_search() -> None:
    """What comes after `return /…/` does: a regular expression needs a name of its own there."""
    marked = {message.id if isinstance(message.id, str) else message.id[0] for message in texts()}
    written = re.compile(r'\b(?:_|ngettext)\(\s*"((?:[^"\\\n]|\\.)*)"')
    escaped = [
        f"{path.name}: {found!r}"
        for path in sorted((CONSOLE / "static" / "js").glob("*.js"))
        for found in written.findall(path.read_text())
        if found.replace('\\"', '"') not in marked and "*/" not in found
    ]
    assert escaped == []


def test_languages_have_their_directions_and_names() -> None:
    assert [(words_of(each).tag, words_of(each).direction) for each in ("en", "ar", "sr")] == [
        ("en", "ltr"),
        ("ar", "rtl"),
        ("sr-Latn", "ltr"),
    ]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-DE,de;q=0.9", "en"),
        ("sr-Latn-RS,sr;q=0.9,en;q=0.8", "sr"),
        ("en;q=0.5, ar-EG", "ar"),
        ("hr", "sr"),
        ("ar;q=nonsense, sr;q=0.1", "sr"),
        (",;;,=", "en"),
    ],
)
def test_the_browsers_language_is_chosen(accepted: str, language: str) -> None:
    assert best_language(accepted) == language


@pytest.mark.parametrize("language", OTHERS)
def test_scripts_count_as_templates_do(language: str, tmp_path: Path) -> None:
    catalog = joined(language)
    assert catalog is not None
    text, _ = words_for_scripts(language)
    assert '"plural"' in text
    script = (CONSOLE / "static/js/words.js").read_text()
    parse = script[script.index("/** A gettext plural rule") :].replace("export ", "")
    program = f"{parse}\nconst rule = parse({catalog.plural_expr!r});"
    program += "console.log([...Array(250).keys()].map((n) => Number(rule(n))).join());"
    node, _ = compute_driver_executable()
    asked = subprocess.run(
        [node, "-e", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    rule = c2py(catalog.plural_expr)
    assert asked.stdout.strip() == ",".join(str(int(rule(n))) for n in range(250))
