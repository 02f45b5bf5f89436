"""A call's timeline as it is drawn: lanes of bars on a line 1000 wide, and what they are called.

Pure. Every lane has a sentence that says the same without a picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from callrouter.call_timeline import Bar, Heard, Part, Timeline
from callrouter.console.pages.log_rows import OUTCOMES, PARTIES, Look
from callrouter.console.words import Words
from callrouter.facts import Message, Party

WIDTH = 1000.0
_NARROWEST = 4.0
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MOST_TICKS = 7
_LAST_TICK = 94


def _(message: str) -> str:
    """Marks a text for translation; it is translated where it is shown."""
    return message


MESSAGES: dict[str, str] = {
    Message.GREETING: _("greeting"),
    Message.BUSY: _("busy message"),
    Message.UNAVAILABLE: _("unavailable message"),
    Message.CLOSED: _("closed message"),
    Message.FOLLOW_ON: _("message before going on"),
    Message.REFUSED: _("message of callers not let in"),
}
_HEARD = {Heard.RINGING: _("ringing tone"), Heard.TALK: _("talk")}


@dataclass(frozen=True, slots=True)
class Box:
    """A bar: where it begins and how long it is, of WIDTH; `kind` is its class in the style."""

    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the picture; `said` is the same in words."""

    title: str
    note: str
    look: Look | None
    boxes: tuple[Box, ...]
    said: str
    skipped: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A moment: `x` of WIDTH, what happened, and whether that is an English sentence of ours."""

    x: float
    at: str
    text: str
    english: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """`ticks` are pairs of a place (per cent) and a time since the arrival."""

    lanes: tuple[Lane, ...]
    events: tuple[Event, ...]
    ticks: tuple[tuple[float, str], ...]


def drawing_of(timeline: Timeline, words: Words) -> Drawing:
    """The picture of a call, in the reader's language."""
    drawn = _Drawn(max(timeline.seconds, 1.0), words)
    caller = drawn.caller(timeline.heard)
    attempts = tuple(drawn.attempt(bar) for bar in timeline.bars)
    events = tuple(
        Event(drawn.x(mark.at), words.duration(mark.at), *_text(mark.kind, mark.text, words))
        for mark in timeline.marks
    )
    return Drawing((caller, *attempts), events, tuple(drawn.ticks()))


def _text(kind: str, text: str, words: Words) -> tuple[str, bool]:
    if kind != "hung_up":
        return text, True
    who = words.gettext(PARTIES[Party(text)])
    return words.gettext(_("hung up: %(who)s")) % {"who": who}, False


@dataclass(frozen=True, slots=True)
class _Drawn:
    seconds: float
    words: Words

    def x(self, at: float) -> float:
        return round(min(max(at, 0.0), self.seconds) / self.seconds * WIDTH, 1)

    def box(self, start: float, end: float | None, kind: str) -> Box:
        begins = self.x(start)
        ends = self.x(self.seconds if end is None else end)
        width = max(ends - begins, _NARROWEST)
        return Box(min(begins, WIDTH - width), round(width, 1), kind)

    def caller(self, heard: tuple[Part, ...]) -> Lane:
        boxes = tuple(self.box(part.start, part.end, part.heard.value) for part in heard)
        said = "; ".join(self._said(part) for part in heard)
        gettext = self.words.gettext
        title = gettext(_("What the caller heard"))
        nothing = gettext(_("nothing is known of it"))
        return Lane(title, said, None, boxes, f"{title}: {said or nothing}")

    def _said(self, part: Part) -> str:
        gettext = self.words.gettext
        name = gettext(MESSAGES.get(part.message or "", _HEARD.get(part.heard, "")) or "message")
        return f"{name} {self.span(part.start, part.end)}"

    def span(self, start: float, end: float | None) -> str:
        """`0:03–0:23`, with nothing at the end of what goes on."""
        ends = "" if end is None else self.words.duration(end)
        return f"\u2066{self.words.duration(start)}–{ends}\u2069"

    def attempt(self, bar: Bar) -> Lane:
        look = OUTCOMES[bar.outcome]
        name = bar.name or bar.agent
        title = f"{name} \u2066({bar.extension})\u2069" if bar.extension else name
        word = self.words.gettext(look.word)
        if bar.skipped:
            box = Box(self.x(bar.start), 0.0, "skipped")
            said = f"{name}: {word}, {bar.reason}"
            return Lane(title, bar.reason, look, (box,), said, skipped=True, group=bar.agent_group)
        boxes = [self.box(bar.start, bar.end, "asked")]
        if bar.rings_from is not None:
            boxes.append(self.box(bar.rings_from, bar.end, f"rang {look.kind}"))
        span = self.span(bar.start, bar.end)
        said = f"{name}: {word}, {span}"
        return Lane(title, span, look, tuple(boxes), said, group=bar.agent_group)

    def ticks(self) -> Iterator[tuple[float, str]]:
        step = next((s for s in _STEPS if self.seconds / s <= _MOST_TICKS), None)
        step = step or int(self.seconds / _MOST_TICKS) + 1
        for at in range(0, int(self.seconds) + 1, step):
            place = round(at / self.seconds * 100, 2)
            if place < _LAST_TICK:  # its time stands after it
                yield place, self.words.duration(at)
