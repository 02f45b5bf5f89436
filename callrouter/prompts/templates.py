"""Texts with a placeholder: `{reopens_at}` stands for when it opens again, in natural words."""

import re
from dataclasses import replace

from callrouter.routing.model import Prompt

REOPENS_AT = "reopens_at"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def is_template(prompt: Prompt) -> bool:
    """Whether something has to be put in before the prompt can be played."""
    return prompt.text is not None and PLACEHOLDER.search(prompt.text) is not None


def filled(prompt: Prompt, words: str) -> Prompt:
    """The prompt with `words` where the placeholder stands."""
    return replace(prompt, text=PLACEHOLDER.sub(lambda _: words, prompt.text or ""))
