"""A caller who is not let in: told so at once, with as little work as that can be."""

from callrouter.ari.causes import HangupReason
from callrouter.calls.call import Call
from callrouter.calls.playing import answer_to_speak, play
from callrouter.calls.saying import LAST_SYLLABLE_SECONDS, Saying
from callrouter.facts import Disposition, FallbackChosen, HungUp, Message, Party, Stage
from callrouter.routing.admission import Refuse
from callrouter.routing.decide import Refused

_REASONS = {
    Refuse.BUSY: HangupReason.BUSY,
    Refuse.CONGESTION: HangupReason.CONGESTION,
    Refuse.REJECTED: HangupReason.REJECTED,
}


async def refuse(call: Call, saying: Saying, refused: Refused) -> None:
    """Hang up, with a message before it or none; or let the dialplan look after him."""
    said = Message.REFUSED if refused.prompt else None
    call.note(FallbackChosen, disposition=Disposition.REJECTED, rule=refused.rule, message=said)
    if refused.refuse is Refuse.SAFETY_NET:
        call.note(HungUp, by=Party.CALLROUTER, stage=call.stage)
        await call.give_caller_to_dialplan()
        return
    if refused.prompt is not None:
        await answer_to_speak(call, Stage.MESSAGE)
        await play(call, Message.REFUSED, refused.prompt)
        await call.pause(LAST_SYLLABLE_SECONDS)
        await saying.dismiss(HangupReason.BUSY)
    else:
        await saying.hang_up(_REASONS.get(refused.refuse, HangupReason.BUSY))
