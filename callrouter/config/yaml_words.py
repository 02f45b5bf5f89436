"""What the YAML parser's complaints most likely mean, in an admin's words."""

import itertools
import re

import yaml

_COLON = re.compile(r":(?=\s|$)")
YamlLoader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def quotes_closed_late(text: str, line: int) -> int | None:
    """Where the quotes were opened that end on `line`, if that is another one.

    A forgotten quote is closed by the next one in the file, and only what follows is an error.
    """
    opened = None
    try:
        for token in yaml.scan(text, Loader=YamlLoader):
            start, end = token.start_mark.line + 1, token.end_mark.line + 1
            in_quotes = isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')
            if in_quotes and start < end == line:
                opened = start
    except yaml.YAMLError:
        pass
    return opened


def in_plain_words(error: yaml.MarkedYAMLError, text: str, line: int) -> tuple[str, str]:
    """What the parser's complaint most likely means: the message and the remedy."""
    complaint = f"{error.context or ''} {error.problem or ''}"
    written = next(itertools.islice(text.split("\n"), max(line - 1, 0), None), "")
    if "\t" in written[: len(written) - len(written.lstrip())] or "'\\t'" in complaint:
        return "a tab is used for indentation", "use spaces"
    if "mapping values are not allowed" in complaint:
        if len(_COLON.findall(written)) < 2:
            return "this line belongs to the text above it", "check its indentation"
        return "a second ': ' on this line", 'if it belongs to a text, put quotes around it: "…: …"'
    if "quoted scalar" in complaint:
        return "the quotes around a text are not closed, or stand inside it", "check the quotes"
    if "flow sequence" in complaint:
        return "a list in [ ] is not finished", "check for a missing ], comma or quote"
    if "flow mapping" in complaint and "{reopens_at}" in written:
        return (
            "a text with { } stands in a mapping in { }",
            'put quotes around it: "… {reopens_at}"',
        )
    if "flow mapping" in complaint:
        return "a mapping in { } is not finished", "check for a missing }, comma or quote"
    if "block mapping" in complaint or "block collection" in complaint:
        return "this line does not fit the lines above", "check its indentation and its ':'"
    if "expected ':'" in complaint:
        return "a ':' is missing after a field's name", "check this line and the one above"
    if "anchor" in complaint or "alias" in complaint:
        return "& or * begins something that is not a text", "put quotes around the text"
    if "cannot start any token" in complaint:
        return "a text begins with a character that means something in YAML", "put quotes around it"
    return "this is not YAML", "check quotes, colons and indentation on this line"
