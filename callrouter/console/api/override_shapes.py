"""How overrides are written in requests and answers of the API."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from callrouter.console.moments import WrittenMoment
from callrouter.console.override_choices import UsualEnd
from callrouter.db.overrides import StoredOverride
from callrouter.routing.decide import Because
from callrouter.routing.model import Override, OverrideKind, Prompt, Target, TargetKind
from callrouter.routing.override_effects import Afterwards, Effect
from callrouter.routing.overriding import LONGEST_MESSAGE

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Remark = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
State = Literal["in_force", "to_come", "over"]


class TargetModel(BaseModel):
    """Who is rung: the name of a group, an agent or settings, or an outside number."""

    model_config = ConfigDict(extra="forbid")

    kind: TargetKind
    name: Name


class OverrideIn(BaseModel):
    """`settings` empty means all; without `from_at` it begins now, without `until_at` it stays."""

    model_config = ConfigDict(extra="forbid")

    kind: OverrideKind
    settings: Annotated[list[Name], Field(max_length=1000)] = []
    targets: Annotated[list[TargetModel], Field(max_length=20)] = []
    from_at: WrittenMoment | None = None
    until_at: WrittenMoment | None = None
    message: Annotated[str, Field(max_length=LONGEST_MESSAGE)] | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] | None = None
    reason: Remark = ""

    def override(self, id_: str, by: str) -> Override:
        """As it is meant; whether it can be meant is not looked at."""
        message = None
        if self.message is not None:
            message = Prompt(text=self.message, language=self.language)
        return Override(
            id=id_,
            kind=self.kind,
            from_at=self.from_at,
            until_at=self.until_at,
            settings=tuple(self.settings),
            targets=tuple(Target(each.kind, each.name) for each in self.targets),
            message=message,
            author=by,
            reason=self.reason,
        )


class WhatItSays(BaseModel):
    """What every override has, wherever it is written. `settings` empty means all."""

    state: State
    kind: OverrideKind
    settings: list[str]
    targets: list[TargetModel]
    from_at: datetime | None
    until_at: datetime | None
    message: str | None
    language: str | None
    author: str
    reason: str


class OverrideOut(WhatItSays):
    """One that somebody set; `ended_at` is null where it ended by itself or has not ended."""

    id: uuid.UUID
    set_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class ConfiguredOverride(WhatItSays):
    """One that the configuration holds: it is changed there; `place` says where."""

    place: str


class ThenOut(BaseModel):
    """What holds when it has ended by itself, and by what: a row of the `schedule`, a `holiday`,
    another `override`, or nothing at all. `name` is that of the holiday, or says the row."""

    is_open: bool
    by: Literal["schedule", "holiday", "override", "nothing"]
    name: str
    opens_at: datetime | None


class EffectOut(BaseModel):
    """What it does to one of its settings; `then` is null where somebody must end it."""

    settings: str
    timezone: str
    then: ThenOut | None


class OverrideSet(BaseModel):
    """The override, and in plain words and as values what it does to each of the settings."""

    override: OverrideOut
    says: list[str]
    effects: list[EffectOut]


class OverridePage(BaseModel):
    """`next` is the cursor of the next page, null on the last one."""

    overrides: list[OverrideOut]
    next: str | None


class UntilChoice(BaseModel):
    """A usual end, and when that is for the settings that were asked for."""

    name: UsualEnd
    at: datetime


class SettingsChoice(BaseModel):
    """Settings one can override."""

    name: str
    numbers: list[str]
    timezone: str
    is_open: bool


class OverrideChoices(BaseModel):
    """What can be chosen: `timezone` is that of the settings asked for, or the company's.

    `language` is the one of messages that name none, `outside` says whether outside numbers may be
    dialled at all.
    """

    now: datetime
    timezone: str
    language: str
    until: list[UntilChoice]
    settings: list[SettingsChoice]
    agent_groups: list[str]
    outside: bool


def override_out(stored: StoredOverride, now: datetime) -> OverrideOut:
    """An override as it is stored."""
    override = stored.override
    return OverrideOut(
        id=uuid.UUID(override.id),
        **_said(override, "over" if stored.over(now) else _state(override, now)),
        set_at=stored.set_at,
        ended_at=stored.ended_at,
        ended_by=stored.ended_by,
    )


def configured_out(override: Override, now: datetime) -> ConfiguredOverride:
    """An override of the configuration."""
    return ConfiguredOverride(place=override.id, **_said(override, _state(override, now)))


def effect_out(effect: Effect) -> EffectOut:
    """One effect."""
    return EffectOut(
        settings=effect.settings.name,
        timezone=effect.settings.timezone,
        then=None if effect.then is None else _then_out(effect.then),
    )


def _then_out(then: Afterwards) -> ThenOut:
    by, name = _because(then.because)
    return ThenOut(is_open=then.is_open, by=by, name=name, opens_at=then.opens_at)


def _because(
    because: Because,
) -> tuple[Literal["schedule", "holiday", "override", "nothing"], str]:
    if because.override is not None:
        return "override", ""
    if because.holiday is not None:
        return "holiday", because.holiday.name
    return ("schedule", str(because.row)) if because.row is not None else ("nothing", "")


def _state(override: Override, now: datetime) -> State:
    if override.until_at is not None and override.until_at <= now:
        return "over"
    return "in_force" if override.holds(now) else "to_come"


def _said(override: Override, state: State) -> dict[str, object]:
    message = override.message
    return {
        "state": state,
        "kind": override.kind,
        "settings": list(override.settings),
        "targets": [TargetModel(kind=each.kind, name=each.name) for each in override.targets],
        "from_at": override.from_at,
        "until_at": override.until_at,
        "message": None if message is None else message.text,
        "language": None if message is None else message.language,
        "author": override.author,
        "reason": override.reason,
    }
