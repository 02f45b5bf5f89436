"""What the workbench can be asked for: a method a job, each a function of a draft and a moment.

Nothing here changes anything; what is to be stored is handed back to the console.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from callrouter.config.live import with_live_overrides
from callrouter.config.merge import merged
from callrouter.config.problems import Problem
from callrouter.config.rows import rows_json
from callrouter.config.written import Difference, Written, differences, written
from callrouter.console.bench import duty
from callrouter.console.bench.asked import (
    CheckIn,
    DraftIn,
    MergeIn,
    OnDutyIn,
    PreviewIn,
    ReplayIn,
    SaveIn,
    SimulateIn,
)
from callrouter.console.bench.drafts import Draft, Drafts, Kept, Unusable, kept_file, kept_rows
from callrouter.console.bench.frames import Answer, Job, Start
from callrouter.console.bench.pretending import simulated
from callrouter.console.bench.voice import Voice
from callrouter.routing.model import RoutingTable
from callrouter.routing.schedule import local_time

RENDER_SECONDS = 8.0
DUTY_SECONDS = 5.0
_YEARS_KNOWN = 8
_MOST_CHANGES = 2_000

Done = tuple[Answer, bytes]


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


class Bench:
    """Does one job after another, and remembers what was read for the next."""

    def __init__(self, start: Start, own: Path) -> None:
        self.folder = Path(start.folder)
        self.drafts = Drafts(self.folder)
        self.voice = Voice(own, Path(start.prompts))
        self._database_url = start.database_url
        self._kept: Kept | None = None
        self._jobs: dict[str, Callable[[Job, bytes], Any]] = {
            "stored": self._stored,
            "check": self._check,
            "save": self._save,
            "differences": self._differences,
            "diff": self._diff,
            "merge": self._merge,
            "preview": self._preview,
            "on_duty": self._on_duty,
            "replay": self._replay,
            "simulate": self._simulate,
        }

    def close(self) -> None:
        self.voice.close()

    def do(self, job: Job, body: bytes) -> Done:
        """Raises Refused, Unusable and pydantic's ValidationError."""
        if job.kind != "stored" and job.stored and self._key() != job.stored:
            return Answer(HTTPStatus.PRECONDITION_REQUIRED), b""  # tell me what is stored, again
        answer = self._jobs[job.kind](job, body)
        if isinstance(answer, tuple):
            return answer
        return Answer(), json.dumps(answer).encode()

    def _key(self) -> str:
        return "" if self._kept is None else self._kept.key

    @property
    def kept(self) -> Kept:
        if self._kept is None:
            raise Refused(500, "The workbench was not told what is stored.")
        return self._kept

    # What is stored

    def _stored(self, job: Job, body: bytes) -> dict[str, Any]:
        if "path" in job.args:
            kept = kept_file(job.stored, Path(job.args["path"]))
        else:
            kept = kept_rows(job.stored, body.decode(), self.folder)
        self._kept = kept
        found = kept.draft.examined
        return {
            "mark": kept.mark,
            "version": None if found.loaded is None else found.loaded.table.version,
            "usable": found.loaded is not None,
            "text": kept.text,
            "files": [str(file) for file in found.files],
            "document": kept.draft.document,
            "problems": [] if kept.empty else [plain_problem(each) for each in found.problems],
        }

    # Drafts

    def _check(self, job: Job, body: bytes) -> dict[str, Any]:
        asked = CheckIn.model_validate_json(body)
        if (asked.document is None) == (asked.yaml is None):
            raise Refused(422, "Send either `document` or `yaml`.")
        try:
            draft = (
                self.drafts.of_yaml(asked.yaml)
                if asked.yaml is not None
                else self.drafts.of_document(asked.document or {})
            )
        except Unusable as unusable:  # nothing of it can be read
            return {
                "usable": False,
                "problems": [plain_problem(each) for each in unusable.problems],
                "document": None,
                "yaml": asked.yaml or "",
            }
        problems = self._problems(draft, RENDER_SECONDS)
        return {
            "usable": not any(each.level == "error" for each in problems),
            "problems": [plain_problem(each) for each in problems],
            "document": draft.document,
            "yaml": draft.yaml,
        }

    def _problems(self, draft: Draft, seconds: float) -> list[Problem]:
        """Also of messages that cannot be spoken, as far as that can be tried in the time."""
        found = list(draft.examined.problems)
        if draft.examined.loaded is None:
            return found
        unheard = self.voice.check(draft.examined, self.folder, duty.until(seconds))
        found += unheard.problems
        if unheard.untried:
            message = f"{unheard.untried} messages have not been tried yet"
            found.append(Problem("warning", "draft", 0, "", message, "check again in a moment"))
        return sorted(found, key=lambda problem: problem.line)

    def _save(self, job: Job, body: bytes) -> dict[str, Any]:
        asked = SaveIn.model_validate_json(body)
        draft = self.drafts.of_document(asked.document)
        problems = self._problems(draft, job.args["seconds"])
        errors = [plain_problem(each) for each in problems if each.level == "error"]
        if errors:
            place = errors[0]["field"]
            raise Refused(
                422,
                f"Not saved, the configuration has {len(errors)} mistake(s):"
                f" {place + ': ' if place else ''}{errors[0]['message']}",
                problems=errors,
            )
        changes = self._changes(draft)
        same = draft.document == self.kept.draft.document and json.dumps(
            draft.document
        ) == json.dumps(self.kept.draft.document)
        return {
            "rows": rows_json(draft.examined.values, draft.examined.document),
            "changes": changes,
            "same": same,
            "note": asked.note,
            "mark": self.kept.mark,
        }

    def _changes(self, draft: Draft) -> list[dict[str, Any]]:
        """Against what is stored; where that is no configuration, everything is new."""
        kept = self.kept.draft
        before = written({}) if kept.examined.document is None else kept.written
        return _plain_changes(before, draft.written)

    def _differences(self, job: Job, body: bytes) -> dict[str, Any]:
        """Between two documents as versions keep them, the second what is stored if not given."""
        asked = json.loads(body)
        before = _meant(asked["before"])
        after = self.kept.draft.written if asked["after"] is None else _meant(asked["after"])
        return {"changes": _plain_changes(before, after)}

    def _diff(self, job: Job, body: bytes) -> dict[str, Any]:
        draft = self.drafts.of_document(DraftIn.model_validate_json(body).document)
        changes = self._changes(draft)
        stretches: list[dict[str, Any]] = []
        complete = True
        if self.kept.draft.examined.loaded is not None and draft.examined.loaded is not None:
            before = with_live_overrides(self.kept.draft.table, job.overrides)
            after = with_live_overrides(draft.table, job.overrides)
            who = duty.WhoRings(before, after, job.now)
            stretches, complete = who.differences(duty.until(DUTY_SECONDS))
        return {
            "changes": changes,
            "who_rings": stretches,
            "complete": complete,
            "usable": draft.examined.loaded is not None,
        }

    def _merge(self, job: Job, body: bytes) -> dict[str, Any]:
        asked = MergeIn.model_validate_json(body)
        known = job.args.get("base")
        base = asked.base_document
        if known is not None:
            base = json.loads(known)
        elif asked.base == self.kept.mark:
            base = self.kept.draft.document
        if base is None:
            raise Refused(
                409, "Nobody knows any more what this draft began from: send `base_document` too."
            )
        ours = self.drafts.of_document(asked.document).document
        result = merged(self._usual(base), self.kept.draft.document, ours)
        return {
            "mark": self.kept.mark,
            "document": result.document,
            "conflicts": [
                {"path": each.path, "theirs": each.theirs, "ours": each.ours}
                for each in result.conflicts
            ],
        }

    def _usual(self, document: dict[str, Any]) -> dict[str, Any]:
        return self.drafts.of_document(document).document

    # Who rings

    def _table(self, job: Job, document: dict[str, Any] | None, year: int) -> RoutingTable:
        """That of the draft, else of what is stored, with the live overrides."""
        usual = job.now.year
        far = not usual <= year <= usual + _YEARS_KNOWN
        years = range(year - 1, year + 3) if far else None
        if document is None and not far:
            return with_live_overrides(self.kept.draft.table, job.overrides)
        given = self.kept.draft.document if document is None else document
        return with_live_overrides(self.drafts.of_document(given, years).table, job.overrides)

    def _preview(self, job: Job, body: bytes) -> dict[str, Any]:
        asked = PreviewIn.model_validate_json(body)
        year = (asked.first or job.now.date()).year
        table = self._table(job, asked.document, year)
        settings = table.settings.get(asked.settings)
        if settings is None:
            raise Refused(404, f"There are no settings {asked.settings!r} in this configuration.")
        first = asked.first or local_time(job.now, settings.timezone).date()
        return duty.preview(table, settings, first, asked.days)

    def _on_duty(self, job: Job, body: bytes) -> dict[str, Any]:
        asked = OnDutyIn.model_validate_json(body)
        at = (asked.at or job.now).astimezone(UTC)
        table = self._table(job, asked.document, at.year)
        settings = list(duty.duties_at(table, at, duty.until(DUTY_SECONDS)))
        return {
            "at": at.isoformat(),
            "settings": settings,
            "complete": len(settings) == len(table.settings),
        }

    def _simulate(self, job: Job, body: bytes) -> dict[str, Any]:
        asked = SimulateIn.model_validate_json(body)
        at = (asked.at or job.now).astimezone(UTC)
        return simulated(self._table(job, asked.document, at.year), asked, at, job.args)

    def _replay(self, job: Job, body: bytes) -> dict[str, Any]:
        asked = ReplayIn.model_validate_json(body)
        table = self.drafts.of_document(asked.document).table
        since = job.now - timedelta(days=asked.days)
        masked = job.args.get("masked", True)
        # Here: what speaks with the database takes half a second to load, which typing is not for.
        from callrouter.console.bench.replaying import replayed_days
        from callrouter.db.engine import DatabaseUnavailable

        try:
            return replayed_days(self._database_url, table, since, job.now, masked=masked)
        except DatabaseUnavailable as error:
            print(f"workbench: {error}", file=sys.stderr)
            raise Refused(503, "The database cannot be used now. Try again later.") from None


def _meant(document: str) -> Written:
    return written(json.loads(document))


def _plain_changes(before: Written, after: Written) -> list[dict[str, Any]]:
    found = []
    for change in differences(before, after):
        found.append(plain_change(change))
        if len(found) == _MOST_CHANGES:
            break
    return found
