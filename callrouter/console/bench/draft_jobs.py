"""The jobs about whole configurations: read, checked, compared, merged, laid out, replayed.

Nothing here changes anything; what is to be stored is handed back to the console.
"""

import json
import sys
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callrouter.config.canonical import canonical
from callrouter.config.live import with_live_overrides
from callrouter.config.merge import merged
from callrouter.config.rows import rows_json
from callrouter.config.written import Written, written
from callrouter.config.yaml_text import with_lines
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
from callrouter.console.bench.desk import Desk, Found, Refused, plain_changes, plain_problem
from callrouter.console.bench.drafts import Unusable, kept_file, kept_rows
from callrouter.console.bench.frames import Job
from callrouter.console.bench.pretending import simulated
from callrouter.routing.schedule import local_time

SPEAK_SECONDS = 0.5
"""While somebody types; what is not tried then is tried while nobody asks."""

DUTY_SECONDS = 5.0


def stored(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    if "path" in job.args:
        kept = kept_file(job.stored, Path(job.args["path"]))
    else:
        kept = kept_rows(job.stored, body.decode(), desk.folder)
    desk.hold(kept)
    found = kept.draft.examined
    return {
        "mark": kept.mark,
        "version": None if found.loaded is None else found.loaded.table.version,
        "usable": found.loaded is not None,
        "text": kept.text,
        "files": [str(file) for file in found.files],
        "document": kept.draft.document,
        "problems": []
        if kept.empty
        else [plain_problem(e) | {"known": True} for e in found.problems],
    }


def check(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    asked = CheckIn.model_validate_json(body)
    if (asked.document is None) == (asked.yaml is None):
        raise Refused(422, "Send either `document` or `yaml`.")
    try:
        draft = (
            desk.drafts.of_yaml(asked.yaml)
            if asked.yaml is not None
            else desk.drafts.of_document(asked.document or {})
        )
    except Unusable as unusable:  # nothing of it can be read
        return {
            "usable": False,
            "untried": 0,
            "problems": [plain_problem(each) | {"known": False} for each in unusable.problems],
            "document": None,
            "yaml": asked.yaml or "",
        }
    found = desk.found(draft, SPEAK_SECONDS)
    return {
        "usable": found.usable,
        "untried": found.untried,
        "problems": found.plain(),
        "document": draft.document,
        "yaml": draft.yaml,
    }


def save(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    asked = SaveIn.model_validate_json(body)
    return to_store(desk, job, asked.document) | {"note": asked.note}


def to_store(desk: Desk, job: Job, document: dict[str, Any]) -> dict[str, Any]:
    draft = desk.drafts.of_document(document)
    found = desk.found(draft, job.args["seconds"])
    if not found.usable:
        raise Refused(422, _why_not(found), problems=_errors(found))
    changes = desk.changes(draft)
    same = json.dumps(draft.document) == json.dumps(desk.kept.draft.document)
    return {
        "rows": rows_json(draft.examined.values, draft.examined.document),
        "changes": changes,
        "same": same,
        "document": draft.document,
    }


def _errors(found: Found) -> list[dict[str, Any]]:
    return [each for each in found.plain() if each["level"] == "error"]


def _why_not(found: Found) -> str:
    errors = _errors(found)
    old = sum(each["known"] for each in errors)
    first = next((each for each in errors if not each["known"]), errors[0])
    place = f"{first['field']}: " if first["field"] else ""
    before = f", {old} of them there before your changes" if old else ""
    counted = f"the configuration has {len(errors)} mistake(s){before}"
    return f"Not saved, {counted}: {place}{first['message']}"


def version(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    """A version's document in its usual form, and as YAML: `source` is the file it came from.

    It was a usable configuration once; what its words meant then, they may mean no more.
    """
    asked = json.loads(body)
    values = json.loads(asked["document"])
    try:
        document = canonical(_meant(asked["document"]))
    except ValidationError:
        document = values
    return {"document": document, "yaml": asked["source"] or with_lines(document)[0]}


def differences(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    """Between two documents as versions keep them, the second what is stored if not given."""
    asked = json.loads(body)
    before = _meant(asked["before"])
    after = desk.kept.draft.written if asked["after"] is None else _meant(asked["after"])
    return {"changes": plain_changes(before, after)}


def diff(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    draft = desk.drafts.of_document(DraftIn.model_validate_json(body).document)
    changes = desk.changes(draft)
    stretches: list[dict[str, Any]] = []
    complete = True
    if desk.kept.draft.examined.loaded is not None and draft.examined.loaded is not None:
        before = with_live_overrides(desk.kept.draft.table, job.overrides)
        after = with_live_overrides(draft.table, job.overrides)
        who = duty.WhoRings(before, after, job.now)
        stretches, complete = who.differences(duty.until(DUTY_SECONDS))
    return {
        "changes": changes,
        "who_rings": stretches,
        "complete": complete,
        "usable": draft.examined.loaded is not None,
    }


def merge(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    asked = MergeIn.model_validate_json(body)
    known = job.args.get("base")
    base = asked.base_document
    if known is not None:
        base = json.loads(known)
    elif asked.base == desk.kept.mark:
        base = desk.kept.draft.document
    if base is None:
        raise Refused(
            409, "Nobody knows any more what this draft began from: send `base_document` too."
        )
    ours = desk.drafts.of_document(asked.document).document
    result = merged(desk.usual(base), desk.kept.draft.document, ours)
    return {
        "mark": desk.kept.mark,
        "document": result.document,
        "conflicts": [
            {"path": each.path, "theirs": each.theirs, "ours": each.ours}
            for each in result.conflicts
        ],
    }


def preview(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    asked = PreviewIn.model_validate_json(body)
    year = (asked.first or job.now.date()).year
    table = desk.table(job, asked.document, year)
    settings = table.settings.get(asked.settings)
    if settings is None:
        raise Refused(404, f"There are no settings {asked.settings!r} in this configuration.")
    first = asked.first or local_time(job.now, settings.timezone).date()
    return duty.preview(table, settings, first, asked.days)


def on_duty(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    asked = OnDutyIn.model_validate_json(body)
    at = (asked.at or job.now).astimezone(UTC)
    table = desk.table(job, asked.document, at.year)
    settings = list(duty.duties_at(table, at, duty.until(DUTY_SECONDS)))
    return {
        "at": at.isoformat(),
        "settings": settings,
        "complete": len(settings) == len(table.settings),
    }


def simulate(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    asked = SimulateIn.model_validate_json(body)
    at = (asked.at or job.now).astimezone(UTC)
    return simulated(desk.table(job, asked.document, at.year), asked, at, job.args)


def replay(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    asked = ReplayIn.model_validate_json(body)
    table = desk.drafts.of_document(asked.document).table
    since = job.now - timedelta(days=asked.days)
    masked = job.args.get("masked", True)
    # Here: what speaks with the database takes half a second to load, which typing is not for.
    from callrouter.console.bench.replaying import replayed_days
    from callrouter.db.engine import DatabaseUnavailable

    try:
        return replayed_days(desk.database_url, table, since, job.now, masked=masked)
    except DatabaseUnavailable as error:
        print(f"workbench: {error}", file=sys.stderr)
        raise Refused(503, "The database cannot be used now. Try again later.") from None


def _meant(document: str) -> Written:
    return written(json.loads(document))
