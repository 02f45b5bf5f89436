"""What callrouter says in words of its own, to agents only, in the configuration's language."""

from collections.abc import Iterator, Mapping

from callrouter.routing.model import FeatureCode, Prompt, RoutingTable, Sentence

_WORDS: Mapping[str, Mapping[Sentence, str]] = {
    "en": {
        Sentence.CONFIRM: "You have a call. Press 1 to take it.",
        Sentence.LOGGED_IN: "You are logged in.",
        Sentence.LOGGED_OUT: "You are logged out.",
        Sentence.PAUSED: "You are on a break.",
        Sentence.UNPAUSED: "Your break is over.",
        Sentence.CLOSED: "We are closed now.",
        Sentence.REOPENED: "We are open as usual again.",
        Sentence.NOT_ALLOWED: "This is not allowed from your phone.",
    },
    "sr": {
        Sentence.CONFIRM: "Imate poziv. Pritisnite 1 da ga primite.",
        Sentence.LOGGED_IN: "Prijavljeni ste.",
        Sentence.LOGGED_OUT: "Odjavljeni ste.",
        Sentence.PAUSED: "Na pauzi ste.",
        Sentence.UNPAUSED: "Pauza je završena.",
        Sentence.CLOSED: "Sada je zatvoreno.",
        Sentence.REOPENED: "Ponovo važi uobičajeno radno vreme.",
        Sentence.NOT_ALLOWED: "To nije dozvoljeno sa vašeg telefona.",
    },
    "ar": {
        Sentence.CONFIRM: "لديك مكالمة. اضغط الرقم واحد للرد عليها.",
        Sentence.LOGGED_IN: "تم تسجيل دخولك.",
        Sentence.LOGGED_OUT: "تم تسجيل خروجك.",
        Sentence.PAUSED: "أنت الآن في استراحة.",
        Sentence.UNPAUSED: "انتهت استراحتك.",
        Sentence.CLOSED: "تم الإغلاق الآن.",
        Sentence.REOPENED: "عدنا إلى ساعات العمل المعتادة.",
        Sentence.NOT_ALLOWED: "هذا غير مسموح به من هاتفك.",
    },
}

_OF_CODES = {
    FeatureCode.LOG_IN: (Sentence.LOGGED_IN,),
    FeatureCode.LOG_OUT: (Sentence.LOGGED_OUT,),
    FeatureCode.PAUSE: (Sentence.PAUSED,),
    FeatureCode.UNPAUSE: (Sentence.UNPAUSED,),
    FeatureCode.CLOSE: (Sentence.CLOSED,),
    FeatureCode.REOPEN: (Sentence.REOPENED,),
}


def sentences_for(table: RoutingTable) -> dict[Sentence, Prompt]:
    """The sentences that this table can need; languages without words of ours hear English."""
    spoken = table.language.split("-")[0]
    language = table.language if spoken in _WORDS else "en"
    words = _WORDS.get(spoken, _WORDS["en"])
    return {
        each: Prompt(text=words[each], language=language) for each in sorted(set(_needed(table)))
    }


def _needed(table: RoutingTable) -> Iterator[Sentence]:
    if any(agent.confirmed for agent in table.agents.values()):
        yield Sentence.CONFIRM
    for code in table.feature_codes.values():
        yield from (*_OF_CODES[code], Sentence.NOT_ALLOWED)
