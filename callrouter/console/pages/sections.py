"""What the console has: its sections and the pages in them, each for those who may see it."""

from dataclasses import dataclass

from callrouter.console.rights import Identity, Right


def _(message: str) -> str:
    """Marks a text for translation; the template translates it."""
    return message


@dataclass(frozen=True, slots=True)
class Section:
    """A place one can go to: `name` marks it as active, `key` is pressed after `g`."""

    name: str
    title: str
    address: str
    right: Right
    icon: str
    key: str = ""
    pages: tuple["Section", ...] = ()


SECTIONS = (
    Section("board", _("Live board"), "/board", Right.READ_BOARD, "board", "b"),
    Section("calls", _("Calls"), "/calls", Right.READ_CALLS, "calls", "c"),
    Section(
        "configuration",
        _("Configuration"),
        "/numbers",
        Right.READ_CONFIGURATION,
        "schedule",
        "n",
        (
            Section("numbers", _("Numbers"), "/numbers", Right.READ_CONFIGURATION, "schedule", "n"),
            Section("agents", _("Agents"), "/agents", Right.READ_CONFIGURATION, "person", "a"),
            Section("groups", _("Groups"), "/groups", Right.READ_CONFIGURATION, "people", "u"),
            Section(
                "holidays", _("Holidays"), "/holidays", Right.READ_CONFIGURATION, "calendar", "h"
            ),
            Section("prompts", _("Prompts"), "/prompts", Right.READ_CONFIGURATION, "speaker", "p"),
            Section("general", _("General"), "/general", Right.READ_CONFIGURATION, "settings"),
            Section(
                "simulate", _("Try a call"), "/simulate", Right.READ_CONFIGURATION, "play", "t"
            ),
            Section("history", _("History"), "/history", Right.READ_CONFIGURATION, "history", "y"),
        ),
    ),
    Section(
        "overrides",
        _("Overrides"),
        "/overrides",
        Right.READ_CONFIGURATION,
        "clock",
        "o",
        (
            Section(
                "overrides", _("Overrides"), "/overrides", Right.READ_CONFIGURATION, "clock", "o"
            ),
            Section(
                "blocked", _("Blocked callers"), "/blocked", Right.READ_CONFIGURATION, "lock", "k"
            ),
        ),
    ),
    Section(
        "people",
        _("People"),
        "/people",
        Right.MANAGE_PEOPLE,
        "key",
        "e",
        (
            Section("users", _("People"), "/people", Right.MANAGE_PEOPLE, "people", "e"),
            Section("tokens", _("Tokens"), "/tokens", Right.MANAGE_PEOPLE, "key"),
            Section("audit", _("Audit log"), "/audit", Right.READ_AUDIT, "list"),
        ),
    ),
)


def sections_for(who: Identity | None) -> tuple[Section, ...]:
    """The sections somebody may see; nobody sees none."""
    if who is None:
        return ()
    return tuple(section for section in SECTIONS if who.may(section.right))
