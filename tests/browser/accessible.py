"""Whether a page can be used by everybody: axe-core's rules for WCAG 2.2, levels A and AA."""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_SHOWN = 8


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


async def check_accessible(page: Page, *, within: str = "html", but: tuple[str, ...] = ()) -> None:
    """Fails with what axe finds in the part of the page that `within` selects.

    `but` are rules that do not hold here, by axe's names; say beside it why.
    """
    await page.evaluate(_axe())
    found = await page.evaluate(
        """([within, rules, but]) => axe.run(within, {
            runOnly: {type: "tag", values: rules},
            rules: Object.fromEntries(but.map(rule => [rule, {enabled: false}])),
            resultTypes: ["violations"],
        })""",
        [within, _RULES, list(but)],
    )
    said = "\n".join(_said(violation) for violation in found["violations"])
    assert not said, f"{page.url} is not accessible:\n{said}"


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
