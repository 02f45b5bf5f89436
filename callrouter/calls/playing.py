"""Let the caller hear a message, to its end or until he leaves."""

import asyncio
import logging
from collections.abc import Awaitable

from callrouter.ari.errors import AriError
from callrouter.ari.events import PlaybackFinished
from callrouter.calls.call import Call
from callrouter.calls.endings import CallMoved
from callrouter.facts import AnsweredByUs, Message, PromptEnded, PromptStarted, Stage
from callrouter.routing.model import Prompt

log = logging.getLogger(__name__)

LATE_SECONDS = 5.0
"""A playback that never starts reports nothing: so much longer than its audio we wait."""


UNHEARD_SECONDS = 0.3
"""By then what was begun before we listened has surely ended."""

NEVER_ENDED = "Asterisk never said that it had ended"

FIRST_SYLLABLE_SECONDS = 0.25
"""What is said in the first moment after the answer is lost on many phones and trunks."""


async def answer(call: Call) -> None:
    """Answer the caller, once."""
    if not call.answered:
        await call.ask(call.commands.answer(call.caller_channel))
        call.answered = True
        call.note(AnsweredByUs)  # now: he may have hung up in the same moment


async def answer_in_meeting(call: Call, agent_channel: str) -> bool:
    """`answer`, and let the agent hear him, in one go; False where that did not work, or he is
    answered already: then it is to be done step by step.
    """
    if call.answered or not await call.meeting.answer(agent_channel):
        return False
    call.answered = True
    call.note(AnsweredByUs)
    return True


async def open_early(call: Call) -> None:
    """Let a caller who is not answered hear what we play, once: he does not pay for it."""
    if not (call.answered or call.heard_early):
        call.heard_early = True
        await call.ask(call.commands.progress(call.caller_channel))


async def answer_to_speak(call: Call, stage: Stage, *, early: bool = False) -> None:
    """Enter `stage` with a caller who will hear a message from its first syllable on.

    `early` is without answering him, if he is not answered yet.
    """
    if call.answered or (early and call.heard_early):
        call.stage = stage
        return
    await (open_early(call) if early else answer(call))
    call.stage = stage
    await call.pause(FIRST_SYLLABLE_SECONDS)


async def play(call: Call, message: Message, prompt: Prompt) -> bool:
    """Play the message; one that cannot be played is recorded, and the call goes on.

    Returns whether he heard it.
    """
    number = call.new_number()
    call.note(PromptStarted, message=message, playback=number)
    return await _to_its_end(call, message, _play(call, call.name(number), prompt))


async def hear_out(call: Call, started: PromptStarted, prompt: Prompt) -> bool:
    """A message that another router's process has begun to play, to its end.

    Returns whether he heard it, as far as we know: its end may have come before we listened.
    """
    left = prompt.seconds + UNHEARD_SECONDS - (call.now() - started.at).total_seconds()
    playback_id = call.name(started.playback)
    return await _to_its_end(call, started.message, _rest_of(call, playback_id, left))


async def _to_its_end(call: Call, message: Message, playing: Awaitable[str | None]) -> bool:
    try:
        failure = await playing
    except CallMoved:
        call.note(PromptEnded, message=message)
        raise
    call.note(PromptEnded, message=message, failure=failure)
    if failure:
        log.error("call %s: the %s was not played: %s", call.id, message, failure)
    return failure is None


async def _rest_of(call: Call, playback_id: str, seconds: float) -> str | None:
    late = await _until_played(call, playback_id, seconds)
    return None if late == NEVER_ENDED else late


async def _play(call: Call, playback_id: str, prompt: Prompt) -> str | None:
    """Returns what failed, or None."""
    if prompt.media is None:
        return "it was never rendered"
    try:
        await call.ask(call.commands.play(call.caller_channel, playback_id, prompt.media))
    except AriError as error:
        return str(error)
    return await _until_played(call, playback_id, prompt.seconds + LATE_SECONDS)


async def _until_played(call: Call, playback_id: str, seconds: float) -> str | None:
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        while (event := await call.next(deadline)) is not None:
            if isinstance(event, PlaybackFinished) and event.playback.id == playback_id:
                return "Asterisk could not play it" if event.playback.state == "failed" else None
    except CallMoved:  # he hears something else from now on
        await _stop(call, playback_id)
        raise
    return NEVER_ENDED


async def _stop(call: Call, playback_id: str) -> None:
    try:
        await call.commands.stop_playing(playback_id)
    except AriError as error:  # it has just ended by itself, or he has left: his event says so
        log.debug("call %s: what was played was not stopped: %s", call.id, error)
