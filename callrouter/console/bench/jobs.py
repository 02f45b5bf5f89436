"""What the workbench can be asked for, and how it answers."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from callrouter.console.bench import draft_jobs, object_jobs
from callrouter.console.bench.desk import Desk
from callrouter.console.bench.frames import Answer, Job

_JOBS: dict[str, Callable[[Desk, Job, bytes], Any]] = {
    "stored": draft_jobs.stored,
    "check": draft_jobs.check,
    "save": draft_jobs.save,
    "version": draft_jobs.version,
    "differences": draft_jobs.differences,
    "diff": draft_jobs.diff,
    "merge": draft_jobs.merge,
    "preview": draft_jobs.preview,
    "on_duty": draft_jobs.on_duty,
    "simulate": draft_jobs.simulate,
    "replay": draft_jobs.replay,
    "object": object_jobs.show_object,
    "change_object": object_jobs.change_object,
    "prompts": object_jobs.prompts,
    "listen": object_jobs.listen,
    "sounds": object_jobs.sounds,
    "sound": object_jobs.sound,
    "uses": object_jobs.uses,
    "choices": object_jobs.choices,
    "holidays": object_jobs.holidays,
}


def done(desk: Desk, job: Job, body: bytes) -> tuple[Answer, bytes]:
    """The answer. Raises Refused, Unusable, NotUnderstood and pydantic's ValidationError."""
    if job.kind != "stored" and job.stored and desk.key != job.stored:
        return Answer(HTTPStatus.MISDIRECTED_REQUEST), b""  # tell me what is stored, again
    answer = _JOBS[job.kind](desk, job, body)
    if isinstance(answer, tuple):
        return answer
    return Answer(), json.dumps(answer).encode()
