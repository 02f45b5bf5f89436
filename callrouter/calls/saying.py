"""What a caller is told: the greeting, a message on his way, and why nobody has him."""

import logging

from callrouter.ari.causes import HangupReason
from callrouter.ari.errors import AriError
from callrouter.calls.call import Call
from callrouter.calls.hearing import Hearing
from callrouter.calls.playing import answer_to_speak, hear_out, play
from callrouter.facts import (
    Disposition,
    FallbackChosen,
    HungUp,
    Message,
    Party,
    PromptEnded,
    PromptStarted,
    Stage,
)
from callrouter.routing.model import Greet, IncomingCallSettings, Prompt

log = logging.getLogger(__name__)

LAST_SYLLABLE_SECONDS = 0.2
"""The end of a message is still in the phone's jitter buffer when Asterisk has sent it."""


class Saying:
    """To one caller."""

    def __init__(self, call: Call, hearing: Hearing) -> None:
        self._call = call
        self._hearing = hearing

    async def greet(self, settings: IncomingCallSettings, *, rings: bool = False) -> None:
        """Answer and greet; without a greeting he is answered when somebody talks to him."""
        call, greeting = self._call, settings.greeting_message
        if greeting is None or call.greeted.lately(settings, call.caller_number, call.now()):
            return
        if rings and settings.greet is Greet.WHILE_RINGING:
            await self._hearing.greet_meanwhile(settings, greeting)
            return
        await answer_to_speak(call, Stage.GREETING, early=settings.early_media)
        if await play(call, Message.GREETING, greeting):
            call.greeted.note(settings, call.caller_number, call.now())

    async def greeting_goes_on(
        self, settings: IncomingCallSettings, started: PromptStarted, *, rings: bool
    ) -> None:
        """As `greet`, where another router's process had begun to."""
        call, greeting = self._call, settings.greeting_message
        if greeting is None:  # no longer, as the configuration was changed
            call.note(PromptEnded, message=started.message)
        elif rings and settings.greet is Greet.WHILE_RINGING:
            self._hearing.greeting_goes_on(settings, greeting, started)
        elif await hear_out(call, started, greeting):
            call.greeted.note(settings, call.caller_number, call.now())

    async def hear_out(self, started: PromptStarted, prompt: Prompt | None) -> None:
        """Let him hear to its end what another router's process had begun to say."""
        if prompt is None:
            self._call.note(PromptEnded, message=started.message)
        else:
            await hear_out(self._call, started, prompt)

    async def say(self, settings: IncomingCallSettings, message: Message, prompt: Prompt) -> None:
        """Let him hear it to its end, when the greeting has ended."""
        await self._hearing.before_message()
        await answer_to_speak(self._call, Stage.MESSAGE, early=settings.early_media)
        await play(self._call, message, prompt)

    async def fall_back(
        self,
        settings: IncomingCallSettings,
        disposition: Disposition,
        rule: str,
        message: Message,
        prompt: Prompt | None,
    ) -> None:
        """Nobody has the caller: say so and hang up."""
        said = message if prompt else None
        self._call.note(FallbackChosen, disposition=disposition, rule=rule, message=said)
        if prompt is not None:
            await self.say(settings, message, prompt)
        await self.that_was_it(disposition, said)

    async def that_was_it(self, disposition: Disposition, said: Message | None) -> None:
        """Hang up; after a message when he has heard its last syllable."""
        if said is not None:
            await self._call.pause(LAST_SYLLABLE_SECONDS)
        busy = disposition is Disposition.BUSY
        await self.dismiss(HangupReason.BUSY if busy else HangupReason.NO_ANSWER)

    async def dismiss(self, unanswered: HangupReason) -> None:
        """Hang up, for this reason where he was never answered."""
        self._call.stage = Stage.MESSAGE
        await self.hang_up(HangupReason.NORMAL if self._call.answered else unanswered)

    async def hang_up(self, reason: HangupReason) -> None:
        """Hang up the caller."""
        self._call.note(HungUp, by=Party.CALLROUTER, stage=self._call.stage)
        try:
            await self._call.hang_up_caller(reason)
        except AriError as error:  # cleaning up asks once more
            log.warning("call %s: the caller was not hung up: %s", self._call.id, error)
