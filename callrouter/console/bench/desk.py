"""What the workbench has before it: what is stored, drafts, the voice; and what all jobs share."""

from pathlib import Path
from typing import Any, NamedTuple

from callrouter.config.live import with_live_overrides
from callrouter.config.problems import Problem
from callrouter.config.written import Difference, Written, differences, written
from callrouter.console.bench import duty
from callrouter.console.bench.drafts import Draft, Drafts, Kept
from callrouter.console.bench.frames import Job, Start
from callrouter.console.bench.voice import Voice
from callrouter.prompts.walk import prompts_in
from callrouter.routing.model import RoutingTable

_YEARS_KNOWN = 8
_MOST_CHANGES = 2_000


class Refused(Exception):
    """A job that cannot be done, as the HTTP problem that is told."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more


def plain_problem(problem: Problem) -> dict[str, Any]:
    """A problem for programs; `line` counts in the YAML, 0 where there is none."""
    return {
        "level": problem.level,
        "path": list(problem.path),
        "field": problem.field,
        "line": problem.line,
        "message": problem.message,
        "remedy": problem.remedy,
    }


def plain_change(change: Difference) -> dict[str, Any]:
    return {"path": change.path, "before": change.before, "after": change.after}


class Found(NamedTuple):
    """What is wrong with a draft, by line; `known` are the errors that what is stored has too.

    `untried` counts the messages for which there was no time. `usable` is whether it may be saved:
    a router could follow it, and it brings no error that is not there already.
    """

    problems: list[Problem]
    known: frozenset[object]
    untried: int
    usable: bool

    @property
    def new_errors(self) -> list[Problem]:
        return [
            each
            for each in self.problems
            if each.level == "error" and _what(each) not in self.known
        ]

    def plain(self) -> list[dict[str, Any]]:
        """For programs."""
        return [
            plain_problem(each) | {"known": _what(each) in self.known} for each in self.problems
        ]


def _what(problem: Problem) -> object:
    """The same in two configurations, in whatever row of a list it stands."""
    names = tuple(part for part in problem.path if isinstance(part, str))
    return problem.level, names, problem.message


class Desk:
    """Remembers what was read for one job, for the next."""

    def __init__(self, start: Start, own: Path) -> None:
        self.folder = Path(start.folder)
        self.drafts = Drafts(self.folder)
        self.voice = Voice(own, Path(start.prompts))
        self.database_url = start.database_url
        self._kept: Kept | None = None

    def close(self) -> None:
        self.voice.close()

    @property
    def key(self) -> str:
        """Of what is held for stored."""
        return "" if self._kept is None else self._kept.key

    @property
    def kept(self) -> Kept:
        """What is stored now. Raises Refused where nobody told."""
        if self._kept is None:
            raise Refused(500, "The workbench was not told what is stored.")
        return self._kept

    def hold(self, kept: Kept) -> None:
        """This is what is stored now."""
        self._kept = kept

    def found(self, draft: Draft, seconds: float) -> Found:
        """Also messages that cannot be spoken, as far as that can be tried in the time."""
        kept = None if self._kept is None else self._kept.draft.examined
        stored = None if kept is None else kept.loaded
        before = frozenset(_what(each) for each in (kept.problems if kept else ()))
        problems = draft.examined.problems
        if draft.examined.loaded is None:
            return Found(list(problems), before, 0, usable=False)
        later = set(prompts_in(stored.table)) if stored else set()
        unheard = self.voice.check(draft.examined, self.folder, duty.until(seconds), later)
        # Of an error that a router goes on with, others' numbers are not to suffer; what cannot be
        # spoken it refuses as a whole.
        new = any(each.level == "error" and _what(each) not in before for each in problems)
        everything = sorted([*problems, *unheard.problems], key=lambda problem: problem.line)
        return Found(everything, before, unheard.untried, usable=not new and not unheard.problems)

    def changes(self, draft: Draft) -> list[dict[str, Any]]:
        """Against what is stored; where that is no configuration, everything is new."""
        kept = self.kept.draft
        before = written({}) if kept.examined.document is None else kept.written
        return plain_changes(before, draft.written)

    def usual(self, document: dict[str, Any]) -> dict[str, Any]:
        """A document in its usual form."""
        return self.drafts.of_document(document).document

    def table(self, job: Job, document: dict[str, Any] | None, year: int) -> RoutingTable:
        """That of the draft, else of what is stored, with the live overrides."""
        usual = job.now.year
        far = not usual <= year <= usual + _YEARS_KNOWN
        years = range(year - 1, year + 3) if far else None
        if document is None and not far:
            return with_live_overrides(self.kept.draft.table, job.overrides)
        given = self.kept.draft.document if document is None else document
        return with_live_overrides(self.drafts.of_document(given, years).table, job.overrides)


def plain_changes(before: Written, after: Written) -> list[dict[str, Any]]:
    """What the second says otherwise, for programs; of very many the first."""
    found = []
    for change in differences(before, after):
        found.append(plain_change(change))
        if len(found) == _MOST_CHANGES:
            break
    return found
