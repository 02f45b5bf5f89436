"""Whether a page can be used by everybody: axe-core's rules for WCAG 2.2, levels A and AA."""

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, assert_never

from playwright.async_api import Page

_ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_OF_LOOKS = ["color-contrast", "target-size"]
_SHOWN = 8


class Rules(StrEnum):
    """Which of axe's rules are tried; those of looks measure colours and sizes."""

    ALL = "all"
    LOOKS = "looks"


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


async def check_accessible(page: Page, *, within: str = "html", rules: Rules = Rules.ALL) -> None:
    """Fails with what axe finds in the part of the page that `within` selects."""
    if not await page.evaluate("Boolean(window.axe)"):
        await page.evaluate(_axe())
    found = await page.evaluate(
        "([within, options]) => axe.run(within, {...options, resultTypes: ['violations']})",
        [within, _options(rules)],
    )
    said = "\n".join(_said(violation) for violation in found["violations"])
    assert not said, f"{page.url} is not accessible:\n{said}"


def _options(rules: Rules) -> dict[str, Any]:
    match rules:
        case Rules.ALL:
            return {"runOnly": _ALL}
        case Rules.LOOKS:
            return {"runOnly": {"type": "rule", "values": _OF_LOOKS}}
        case _:
            assert_never(rules)


def _said(violation: dict[str, Any]) -> str:
    lines = [f"{violation['id']} ({violation['impact']}): {violation['help']}"]
    nodes = violation["nodes"]
    for node in nodes[:_SHOWN]:
        why = [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
        lines.append(f"    {' '.join(map(str, node['target']))}   {node['html'][:160]}")
        lines += [f"        {message}" for message in why]
    if len(nodes) > _SHOWN:
        lines.append(f"    … and {len(nodes) - _SHOWN} more")
    return "\n".join(lines)
