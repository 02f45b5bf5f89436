"""The jobs about single things: an object, a message, a sound, what a form offers."""

import contextlib
from pathlib import Path
from typing import Any

from callrouter.config.problems import Fault, quoted
from callrouter.console.bench import choices as offered
from callrouter.console.bench import objects
from callrouter.console.bench.asked import ListenIn, ObjectIn, PromptsIn
from callrouter.console.bench.desk import Desk, Refused
from callrouter.console.bench.draft_jobs import to_store
from callrouter.console.bench.drafts import Unusable
from callrouter.console.bench.frames import Answer, Job
from callrouter.console.bench.sounds import lies_at, listed_messages, listed_sounds, uses_of
from callrouter.console.bench.voice import kept_sound, spoken_now
from callrouter.prompts.playable import PromptError
from callrouter.prompts.templates import is_template
from callrouter.routing.model import Prompt

Done = tuple[Answer, bytes]


def show_object(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    kind, name = job.args["kind"], job.args["name"]
    entries = desk.kept.draft.document.get(kind, {})
    if name is None:
        return {
            "objects": [
                {"name": each, "etag": objects.tag_of(value), "value": value}
                for each, value in entries.items()
            ]
        }
    if name not in entries:
        raise Refused(404, f"There is no {name!r} in {kind}.")
    value = entries[name]
    return {"name": name, "etag": objects.tag_of(value), "value": value}


def change_object(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    value = None if job.args["delete"] else ObjectIn.model_validate_json(body).root
    args = {name: job.args[name] for name in ("kind", "name", "tag", "create", "rename")}
    change = objects.ObjectChange(value=value, **args)
    try:
        document = objects.changed(desk.kept.draft.document, change)
    except objects.NotSo as not_so:
        raise Refused(not_so.status, not_so.detail) from None
    found = to_store(desk, job, document)
    name = change.rename or change.name
    kept = None if value is None else found.pop("document")[change.kind][name]
    return found | {"name": name, "value": kept, "etag": objects.tag_of(kept)}


def prompts(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    given = PromptsIn.model_validate_json(body).document
    document = desk.kept.draft.document if given is None else desk.usual(given)
    return {"prompts": listed_messages(document)}


def listen(desk: Desk, job: Job, body: bytes) -> Done:
    asked = ListenIn.model_validate_json(body)
    if (asked.text is None) == (asked.sound is None):
        raise Refused(422, "Send either `text` or `sound`.")
    if asked.sound is not None:
        prompt = Prompt(sound=str(_own_file(desk, asked.sound)))
    else:
        prompt = _text_prompt(desk, job, asked)
    try:
        return Answer(media="audio/wav"), desk.voice.heard(prompt)
    except PromptError as error:
        detail = f"{error.message}; {error.remedy}" if error.remedy else error.message
        raise Refused(422, f"It cannot be heard: {detail}.") from None


def _text_prompt(desk: Desk, job: Job, asked: ListenIn) -> Prompt:
    document = desk.kept.draft.document if asked.document is None else asked.document
    settings = document.get("incoming_call_settings", {})
    own = settings.get(asked.settings, {}) if isinstance(settings, dict) else {}
    usual = own.get("language") if isinstance(own, dict) else None
    language = asked.language or usual or document.get("language") or "en"
    text = (asked.text or "").strip()
    if not text:
        raise Refused(422, "The text is empty.")
    prompt = Prompt(text=text, language=str(language))
    if not is_template(prompt):
        return prompt
    table, named = None, None
    if asked.settings is not None:
        with contextlib.suppress(Unusable):  # an example does
            table = desk.table(job, asked.document, job.now.year)
            named = table.settings.get(asked.settings)
    return spoken_now(prompt, table, named, job.now)


def _own_file(desk: Desk, written: str) -> Path:
    """Only what lies in the folder, or what the configuration names, is anybody's to hear."""
    path = lies_at(desk.folder, written)
    if path is None or not path.is_file() or not _is_ours(desk, path):
        raise Refused(404, f"There is no sound {quoted(written)}.")
    return path


def _is_ours(desk: Desk, path: Path) -> bool:
    named = desk.kept.draft.examined.files
    return path.is_relative_to(desk.folder.resolve()) or path in {each.resolve() for each in named}


def sounds(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    return {"sounds": listed_sounds(desk.kept.draft.document, desk.folder)}


def sound(desk: Desk, job: Job, body: bytes) -> Done:
    """What was uploaded, as it is to be kept."""
    try:
        kept = kept_sound(body)
    except PromptError as error:
        detail = f"{error.message}; {error.remedy}" if error.remedy else error.message
        raise Refused(422, f"Not kept: {detail}.") from None
    return Answer(media="audio/wav"), kept.content


def uses(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    file = desk.folder / job.args["name"]
    return {"used_by": uses_of(desk.kept.draft.document, desk.folder, file)}


def choices(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    return offered.choices(desk.voice.languages())


def holidays(desk: Desk, job: Job, body: bytes) -> dict[str, Any]:
    args = job.args
    try:
        return offered.country_days(args["country"], args["region"], args["year"], args["language"])
    except Fault as fault:
        detail = f"{fault.message}; {fault.remedy}" if fault.remedy else fault.message
        raise Refused(404, f"{detail[0].upper()}{detail[1:]}.") from None
