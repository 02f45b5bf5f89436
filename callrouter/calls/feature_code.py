"""An agent dials a code on his phone: it is obeyed at once, confirmed in a sentence, and over.

The laws: who dials is known from his channel, never from what he says of himself. It is no call
of a caller: it leaves a line in the log and no record. Whatever happens, `run` ends with nothing
of it left in Asterisk.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never
from urllib.parse import unquote

from callrouter.ari import events
from callrouter.ari.commands import Commands
from callrouter.ari.errors import AriError, Gone
from callrouter.calls.call import ALREADY_LEFT
from callrouter.calls.inbox import CallerLost, Inbox, RouterStopping, TakenOver
from callrouter.calls.live_changes import LiveChanges, closings_in_force
from callrouter.routing.decide import settings_for
from callrouter.routing.model import Agent, FeatureCode, Prompt, RoutingTable, Sentence
from callrouter.routing.schedule import local_time, wall_clock
from callrouter.routing.status import ChangeRefused, StatusChange
from callrouter.switchboard import Switchboard

log = logging.getLogger(__name__)

CODE_ARGUMENT = "code"
"""The dialplan's first argument for what an agent's phone dials that looks like a code."""

FIRST_SYLLABLE_SECONDS = 0.5
LATE_SECONDS = 5.0
FAREWELL_SECONDS = 3.0


class DialledCode(NamedTuple):
    """A code, and the digits dialled after it."""

    code: FeatureCode
    digits: str


def is_feature_code(table: RoutingTable, start: events.StasisStart) -> bool:
    """Whether the dialplan says that one of our phones dialled it, and it is no number of ours.

    Also where the phone was too fast to be heard: then the dialplan does not know what it dialled.
    """
    dialled = _dialled(start)
    code = dialled_code(table, dialled) is not None
    if _left_early(start):
        return code and agent_on(table, start.channel.name) is not None
    return start.args[:1] == (CODE_ARGUMENT,) and (code or settings_for(table, dialled) is None)


def _left_early(start: events.StasisStart) -> bool:
    return start.args[:1] == (ALREADY_LEFT,)


def _dialled(start: events.StasisStart) -> str:
    if _left_early(start):
        return unquote(start.args[1]) if len(start.args) > 1 else ""
    return start.channel.dialplan.exten


def agent_on(table: RoutingTable, channel_name: str) -> Agent | None:
    """The agent whose phone a channel belongs to: `PJSIP/1001-00000002` is that of PJSIP/1001."""
    phone = channel_name.rpartition("-")[0]
    return next((agent for agent in table.agents.values() if phone in agent.phones), None)


def dialled_code(table: RoutingTable, dialled: str) -> DialledCode | None:
    """The longest feature code that `dialled` begins with; only some have digits after them."""
    for length in range(len(dialled), 0, -1):
        code = table.feature_codes.get(dialled[:length])
        if code is not None:
            digits = dialled[length:]
            more = code in (FeatureCode.PAUSE, FeatureCode.CLOSE, FeatureCode.REOPEN)
            return DialledCode(code, digits) if more or not digits else None
    return None


def obey(
    table: RoutingTable, agent: Agent | None, dialled: str, live: LiveChanges, now: datetime
) -> Sentence:
    """Do what the code asks for; the sentence that answers it. Raises ChangeRefused."""
    asked = dialled_code(table, dialled)
    if agent is None:
        raise ChangeRefused("the phone is no agent's")
    if asked is None:
        raise ChangeRefused("there is no such feature code")
    by = f"{agent.id}'s phone"
    match asked.code:
        case FeatureCode.LOG_IN:
            live.change_status(agent.id, StatusChange.LOG_IN, now, by)
            return Sentence.LOGGED_IN
        case FeatureCode.LOG_OUT:
            live.change_status(agent.id, StatusChange.LOG_OUT, now, by)
            return Sentence.LOGGED_OUT
        case FeatureCode.PAUSE:
            reason = table.pause_reasons.get(asked.digits) if asked.digits else ""
            if reason is None:
                raise ChangeRefused(f"there is no pause reason {asked.digits!r}")
            live.change_status(agent.id, StatusChange.PAUSE, now, by, reason)
            return Sentence.PAUSED
        case FeatureCode.UNPAUSE:
            live.change_status(agent.id, StatusChange.UNPAUSE, now, by)
            return Sentence.UNPAUSED
        case FeatureCode.CLOSE:
            settings, timezone = _scope(table, agent, asked.digits)
            live.close(table, settings, now, _end_of_day(now, timezone), by)
            return Sentence.CLOSED
        case FeatureCode.REOPEN:
            settings, _ = _scope(table, agent, asked.digits)
            _reopen(table, settings, live, now, by)
            return Sentence.REOPENED
        case _:
            assert_never(asked.code)


def _scope(table: RoutingTable, agent: Agent, number: str) -> tuple[tuple[str, ...], str]:
    """The settings of the number dialled after the code (none: all), and their time zone."""
    if not agent.may_override:
        raise ChangeRefused("the agent has no may_override")
    if not number:
        return (), table.timezone
    settings = settings_for(table, number)
    if settings is None:
        raise ChangeRefused(f"no settings list the number {number!r}")
    return (settings.name,), settings.timezone


def _end_of_day(now: datetime, timezone: str) -> datetime:
    tomorrow = local_time(now, timezone).replace(tzinfo=None) + timedelta(days=1)
    midnight = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
    return wall_clock(midnight, timezone)[0]


def _reopen(
    table: RoutingTable, settings: tuple[str, ...], live: LiveChanges, now: datetime, by: str
) -> None:
    """End the closings in force: all of them, or those that are for these settings only."""
    closings = closings_in_force(table, now)
    if settings and any(not each.settings for each in closings):
        raise ChangeRefused("all settings are closed, not these only")
    ending = [each for each in closings if not settings or each.settings == settings]
    if not ending and any(set(settings) & set(each.settings) for each in closings):
        raise ChangeRefused("they are closed together with others")
    live.end(tuple(each.id for each in ending), now, by)


class _Over(Exception):
    """Nobody listens any more."""


class FeatureCodeCall:
    """One dialled code, from the agent's channel in Stasis to its end."""

    def __init__(
        self,
        start: events.StasisStart,
        commands: Commands,
        switchboard: Switchboard,
        obey: Callable[[Agent | None, str], Sentence],
        table: RoutingTable,
    ) -> None:
        self.inbox = Inbox()
        self._ref = start.ref
        self._channel_id = start.channel.id
        self._left_early = _left_early(start)
        self._dialled = _dialled(start)
        self._phone = start.channel.name
        self._commands = commands
        self._switchboard = switchboard
        self._obey = obey
        self._table = table
        self._here = True
        self._ours = True
        switchboard.claim(self._ref, self.inbox)

    async def run(self) -> None:
        """Never raises: a bug ends this and touches no call."""
        try:
            if self._left_early:
                log.info("feature code %r from %s: hung up at once", self._dialled, self._phone)
            else:
                await self._answer_with(self._sentence())
        except _Over:
            pass
        except AriError as error:
            log.error("feature code %r from %s: %s", self._dialled, self._phone, error)
        except Exception:
            log.exception("feature code %r from %s failed", self._dialled, self._phone)
        try:
            await self._hang_up()
        except AriError as error:
            log.warning("%s was not hung up: %s", self._phone, error)
        finally:
            self._switchboard.release(self._ref)

    def _sentence(self) -> Sentence:
        agent = agent_on(self._table, self._phone)
        who = agent.id if agent else self._phone
        try:
            sentence = self._obey(agent, self._dialled)
        except ChangeRefused as refused:
            log.warning("feature code %r of %s: %s", self._dialled, who, refused)
            return Sentence.NOT_ALLOWED
        log.info("feature code %r of %s: %s", self._dialled, who, sentence)
        return sentence

    async def _answer_with(self, sentence: Sentence) -> None:
        await self._commands.answer(self._channel_id)
        prompt = self._table.sentences.get(sentence)
        if prompt is None or prompt.media is None:
            log.error("the sentence %s was never rendered", sentence)
            return
        await self._listen(FIRST_SYLLABLE_SECONDS)
        await self._play(prompt, prompt.media)

    async def _play(self, prompt: Prompt, media: str) -> None:
        playback_id = f"callrouter-code-{self._channel_id}"
        await self._commands.play(self._channel_id, playback_id, media)
        if not await self._listen(prompt.seconds + LATE_SECONDS, playback_id):
            log.error("%s: the playback never ended", self._phone)

    async def _listen(self, seconds: float, playback_id: str = "") -> bool:
        """For so long, or until the playback has ended (True). Raises _Over."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (event := await self.inbox.next(deadline)) is not None:
            match event:
                case events.PlaybackFinished() if event.playback.id == playback_id:
                    return True
                case events.StasisEnd() | events.ChannelDestroyed() | CallerLost():
                    self._here = False
                    raise _Over
                case TakenOver():
                    self._ours = False
                    raise _Over
                case RouterStopping():
                    raise _Over
        return False

    async def _hang_up(self) -> None:
        if not (self._here and self._ours):
            return
        with suppress(Gone):
            await self._commands.hang_up(self._channel_id)
        with suppress(_Over):
            await self._listen(FAREWELL_SECONDS)
