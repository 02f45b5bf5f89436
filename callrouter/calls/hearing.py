"""What the caller hears while agents ring: ringing, music or nothing; or the greeting, meanwhile.

The law: before caller and agent are joined, or a message is played, nothing else plays.
"""

import asyncio
import logging
from contextlib import suppress

from callrouter.ari.errors import AriError, Gone
from callrouter.ari.events import PlaybackFinished
from callrouter.calls.call import Call
from callrouter.calls.playing import (
    LATE_SECONDS,
    NEVER_ENDED,
    UNHEARD_SECONDS,
    answer,
    answer_to_speak,
    open_early,
)
from callrouter.facts import Message, PromptEnded, PromptStarted, RingingBegan, Stage
from callrouter.routing.model import IncomingCallSettings, Prompt, Ringback

log = logging.getLogger(__name__)


class Hearing:
    """Keeps what one caller hears as the settings say, however often he is interrupted.

    `began` once it is noted that agents ring.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self.began = False
        self._hears: IncomingCallSettings | None = None
        self._music = False
        self._greeting: str | None = None
        self._greeted_by: IncomingCallSettings | None = None
        self._greeting_late = 0.0

    def agents_ring(self, settings: IncomingCallSettings) -> bool:
        """Agents are about to ring. Whether he is to be given something to hear, by `resume`; not
        if he hears something already.
        """
        if not self.began:
            self.began = True
            self._call.note(RingingBegan)
        if self._hears is not None:
            return False
        self._hears = settings
        return self._greeting is None and settings.ringback is not Ringback.SILENCE

    async def greet_meanwhile(self, settings: IncomingCallSettings, greeting: Prompt) -> None:
        """Begin the greeting and return at once; `played` ends it."""
        call = self._call
        await answer_to_speak(call, Stage.GREETING, early=settings.early_media)
        number = call.new_number()
        call.note(PromptStarted, message=Message.GREETING, playback=number)
        if greeting.media is None:
            self._greeting_over("it was never rendered")
            return
        self._greeting, self._greeted_by = call.name(number), settings
        self._greeting_late = asyncio.get_running_loop().time() + greeting.seconds + LATE_SECONDS
        try:
            await call.ask(call.commands.play(call.caller_channel, self._greeting, greeting.media))
        except AriError as error:
            self._greeting_over(str(error))

    def greeting_goes_on(
        self, settings: IncomingCallSettings, greeting: Prompt, started: PromptStarted
    ) -> None:
        """It was begun before this call was taken up."""
        left = greeting.seconds - (self._call.now() - started.at).total_seconds()
        self._greeting, self._greeted_by = self._call.name(started.playback), settings
        self._greeting_late = asyncio.get_running_loop().time() + left + UNHEARD_SECONDS

    @property
    def late_at(self) -> float | None:
        """When the greeting should long have ended, by the event loop's time."""
        return None if self._greeting is None else self._greeting_late

    async def played(self, event: PlaybackFinished) -> None:
        """Something was played to its end; after the greeting comes what `agents_ring` wants."""
        if self._greeting_ended(event):
            await self.resume()

    async def pause(self, seconds: float) -> None:
        """As `Call.pause`, but the greeting may end meanwhile."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (event := await self._call.next(deadline)) is not None:
            if isinstance(event, PlaybackFinished):
                await self.played(event)

    async def is_late(self) -> None:
        """Asterisk never said that the greeting had ended: it does not hold the caller."""
        self._greeting_over(NEVER_ENDED)
        await self.resume()

    async def resume(self) -> None:
        """Let him hear again that agents ring, after something has come between."""
        if self._hears is not None and self._greeting is None:
            await self._sound(self._hears)

    @property
    def silent(self) -> bool:
        """Whether nothing plays that would have to be stopped."""
        return self._greeting is None and not self._music

    async def silence(self) -> None:
        """Stop what plays: he is about to hear an agent."""
        call = self._call
        if self._greeting is not None:
            playing = self._greeting
            self._greeting_over(None)
            with suppress(Gone):  # it has just ended by itself
                await call.commands.stop_playing(playing)
        await self._stop_music()

    async def before_message(self) -> None:
        """He hears the greeting to its end, then nothing, so that a message can be played."""
        while (late_at := self.late_at) is not None:
            event = await self._call.next(late_at)
            if isinstance(event, PlaybackFinished):
                self._greeting_ended(event)
            elif event is None:
                self._greeting_over(NEVER_ENDED)
        await self._stop_music()
        self._hears = None

    def talked(self) -> None:
        """He comes out of a talk and hears nothing: he is to hear again that agents ring."""
        self.began, self._hears = False, None

    def _greeting_ended(self, event: PlaybackFinished) -> bool:
        if event.playback.id != self._greeting:
            return False
        failed = event.playback.state == "failed"
        if self._greeted_by is not None and not failed:
            call = self._call
            call.greeted.note(self._greeted_by, call.caller_number, call.now())
        self._greeting_over("Asterisk could not play it" if failed else None)
        return True

    def _greeting_over(self, failure: str | None) -> None:
        self._greeting = None
        self._call.note(PromptEnded, message=Message.GREETING, failure=failure)
        if failure:
            log.error("call %s: the greeting was not played: %s", self._call.id, failure)

    async def _sound(self, settings: IncomingCallSettings) -> None:
        call = self._call
        match settings.ringback:
            case Ringback.RINGING:
                await call.ask(call.commands.ring(call.caller_channel))
            case Ringback.MUSIC:
                if settings.early_media:
                    await open_early(call)
                else:  # unanswered he would hear none
                    await answer(call)
                self._music = True
                await call.ask(call.commands.start_music(call.caller_channel, settings.music_class))
            case Ringback.SILENCE:
                pass

    async def _stop_music(self) -> None:
        if self._music:
            self._music = False
            call = self._call
            await call.ask(call.commands.stop_music(call.caller_channel))
