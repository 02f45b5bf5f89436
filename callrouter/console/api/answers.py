"""What the API answers about configurations: models for its description.

The answers themselves are made on the workbench; a test holds them to these.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class ProblemOut(BaseModel):
    """What is wrong (`error`) or probably not meant (`warning`), where, and what to do.

    `line` counts in the YAML, 0 where the whole is meant.
    """

    level: Literal["error", "warning"]
    path: list[str | int]
    field: str
    line: int
    message: str
    remedy: str
    known: bool = Field(
        default=False, description="What is stored has it too: it is not the draft's doing."
    )


class ChangeOut(BaseModel):
    """What was written at `path` before and after, on one line; null where nothing was."""

    path: str
    before: str | None
    after: str | None


class SummaryOut(BaseModel):
    """Which configuration is stored now. `number` is null while no version says the same."""

    mark: str
    number: int | None
    version: str | None
    author: str | None
    at: datetime | None


class ConfigurationOut(SummaryOut):
    """What is stored now. `why_not` says why it cannot be saved here, and what to do.

    `usable` is whether a router can follow it; of an error that is at one number alone it does.
    """

    source: Literal["database", "file"]
    file: str | None
    editable: bool
    why_not: str | None
    usable: bool
    document: dict[str, Any]
    problems: list[ProblemOut]


class SavedOut(SummaryOut):
    """The version that is stored now, and what it says otherwise than the one before."""

    changes: list[ChangeOut]


class ErrorOut(BaseModel):
    """RFC 9457: what went wrong, and what to do."""

    type: str
    title: str
    status: int
    detail: str


class InvalidOut(ErrorOut):
    """What is wrong with the request, or with the configuration in it."""

    errors: list[dict[str, str]] = []
    problems: list[ProblemOut] = []


class OutdatedOut(ErrorOut):
    """Somebody saved meanwhile: what is stored now, and what it says otherwise than your base.

    `changes` is null where nobody knows your base any more.
    """

    current: SummaryOut
    changes: list[ChangeOut] | None


class CheckOut(BaseModel):
    """`usable` is whether it can be saved. `document` is null where the YAML cannot be read.

    `untried` messages have not been tried yet whether they can be spoken: ask again in a moment.
    """

    usable: bool
    untried: int
    problems: list[ProblemOut]
    document: dict[str, Any] | None
    yaml: str


class WhoRingsOut(BaseModel):
    """From `from` to `to` another answer is given than now."""

    settings: str
    from_: datetime = Field(alias="from")
    to: datetime
    before: str
    after: str


class DiffOut(BaseModel):
    """Against what is stored. `complete` is false where there was no time for all settings."""

    changes: list[ChangeOut]
    who_rings: list[WhoRingsOut]
    complete: bool
    usable: bool


class ConflictOut(BaseModel):
    """A place that both changed, each otherwise."""

    path: str
    theirs: Any
    ours: Any


class MergeOut(BaseModel):
    """The draft on top of what is stored now, under its `mark`; of conflicts it has yours."""

    mark: str
    document: dict[str, Any]
    conflicts: list[ConflictOut]


class TargetOut(BaseModel):
    """Who is on duty: a group, an agent, an outside number, or other settings."""

    kind: str
    name: str


class DutyOut(BaseModel):
    """Who is on duty. `by` is what says so; `nobody` is true where nobody can be rung."""

    open: bool
    nobody: bool
    groups: list[str]
    targets: list[TargetOut]
    agents: list[str]
    off: list[str]
    by: Literal["row", "holiday", "override"] | None
    because: str | None
    text: str


class PeriodOut(DutyOut):
    """A part of a day, by the clock of the settings; `to` may be 24:00."""

    from_: str = Field(alias="from")
    to: str


class DayOut(BaseModel):
    """One day from midnight to midnight, without gaps."""

    date: date
    weekday: str
    periods: list[PeriodOut]
    clock_change: str | None
    holiday: str | None


class GapOut(BaseModel):
    """Open, and nobody there."""

    from_: datetime = Field(alias="from")
    to: datetime
    text: str


class CoverOut(BaseModel):
    """Hours without cover that look like a mistake."""

    message: str
    remedy: str


class PreviewOut(BaseModel):
    """The days to come."""

    settings: str
    timezone: str
    days: list[DayOut]
    gaps: list[GapOut]
    cover: list[CoverOut]


class OnDutyOut(DutyOut):
    """Who is on duty for these settings, since and until when, and who then.

    `until` is null where nothing changes within four weeks.
    """

    settings: str
    timezone: str
    from_: datetime = Field(alias="from")
    until: datetime | None
    then: DutyOut | None


class OnDutyAtOut(BaseModel):
    """`complete` is false where there was no time for all settings."""

    at: datetime
    settings: list[OnDutyOut]
    complete: bool


class ReplayedSettingsOut(BaseModel):
    """How many of the calls to these settings would have gone elsewhere; null: no settings."""

    settings: str | None
    calls: int
    elsewhere: int


class ReplayedCallOut(BaseModel):
    """A call that would have gone elsewhere."""

    id: str
    at: datetime
    number: str
    caller: str
    then: str
    now: str


class ReplayOut(BaseModel):
    """`calls` were looked at, the newest first; all of the time where `complete`."""

    since: datetime
    until: datetime
    complete: bool
    oldest: datetime | None
    calls: int
    elsewhere: int
    by_settings: list[ReplayedSettingsOut]
    examples: list[ReplayedCallOut]


class VersionOut(BaseModel):
    """A version: who wrote it, why and how."""

    number: int
    version: str
    author: str
    note: str | None
    at: datetime
    kind: Literal["edit", "file", "import", "rollback"]


class VersionsOut(BaseModel):
    """The newest first; `next` is the cursor of the next page, null on the last one."""

    versions: list[VersionOut]
    next: str | None


class WholeVersionOut(VersionOut):
    """A version with what it says; `yaml` is the file it came from, or how it would be written."""

    document: dict[str, Any]
    yaml: str


class VersionDiffOut(BaseModel):
    """What version `number` says otherwise than `against`."""

    number: int
    against: int | None
    changes: list[ChangeOut]
