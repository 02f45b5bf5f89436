"""What the API is sent about configurations: one model a request, for the API's description and
for the workbench, which reads the bodies."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from callrouter.console.moments import WrittenMoment

DAYS_AHEAD = 62
DAYS_BACK = 90

DocumentJson = Annotated[
    dict[str, Any],
    Field(description="A whole configuration, in the shape of the YAML file.", examples=[{}]),
]
Moment = Annotated[
    WrittenMoment,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Short = Annotated[str, Field(max_length=200)]
Names = Annotated[list[Name], Field(max_length=1000)]
NOTE = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
Note = Annotated[str, Field(max_length=500, pattern=NOTE)]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$", max_length=64)]


class Asked(BaseModel):
    """A body: fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class CheckIn(Asked):
    """A draft, as a document or as YAML text: one of the two."""

    document: DocumentJson | None = None
    yaml: Annotated[str, Field(max_length=5_000_000)] | None = None


class SaveIn(Asked):
    """A draft to be saved, and why."""

    document: DocumentJson
    note: Note = ""


class DraftIn(Asked):
    """A draft."""

    document: DocumentJson


class PreviewIn(Asked):
    """Which days of which settings; without a document those of what is stored."""

    document: DocumentJson | None = None
    settings: Name
    first: Annotated[date | None, Field(alias="from", ge=date(1971, 1, 1), le=date(2198, 1, 1))] = (
        None
    )
    days: Annotated[int, Field(ge=1, le=DAYS_AHEAD)] = 14


class OnDutyIn(Asked):
    """A moment, now without one; without a document of what is stored."""

    document: DocumentJson | None = None
    at: Moment | None = None


class ReplayIn(Asked):
    """The calls of the last so many days, against a draft."""

    document: DocumentJson
    days: Annotated[int, Field(ge=1, le=DAYS_BACK)] = 7


class MergeIn(Asked):
    """A draft begun from `base`; `base_document` is for when nobody knows that any more."""

    base: Short
    document: DocumentJson
    base_document: DocumentJson | None = None


class PretendedPause(Asked):
    """An agent who is to count as paused."""

    agent: Name
    reason: Short = ""


class SimulateIn(Asked):
    """A call, and what is to be pretended; without a document by what is stored."""

    to: Short
    caller: Annotated[Short, Field(alias="from")] = ""
    at: Moment | None = None
    document: DocumentJson | None = None
    busy: Names = []
    unreachable: Names = []
    wrap_up: Names = []
    logged_out: Names = []
    paused: Annotated[list[PretendedPause], Field(max_length=1000)] = []


class ListenIn(Asked):
    """A message to be heard: a text, or the path of a sound.

    `{reopens_at}` is what it says now for these settings; without settings an example.
    """

    text: Annotated[str, Field(max_length=2000)] | None = None
    language: Language | None = None
    sound: Annotated[str, Field(max_length=1000)] | None = None
    settings: Name | None = None
    document: DocumentJson | None = None


class PromptsIn(Asked):
    """Whose messages: without a document those of what is stored."""

    document: DocumentJson | None = None


class ObjectIn(RootModel[dict[str, Any]]):
    """One agent, group, calendar or settings, in the shape of the YAML."""
