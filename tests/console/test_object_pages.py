"""The pages of overrides, agents, groups, holidays, prompts, general settings and history."""

import pytest

from tests.console.conftest import Client

pytestmark = pytest.mark.postgres

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "Close now until …"), ("ar", "إغلاق الآن حتى …"), ("sr", "Zatvori sada do …")],
)
async def test_overrides_are_set_in_every_language(api: Client, language: str, says: str) -> None:
    await api.sign_in("supervisor")
    page = await api.get("/overrides", headers=HTML | {"Accept-Language": language})
    assert page.status_code == 200
    assert says in page.text


async def test_who_may_only_look_finds_no_buttons_to_set_an_override(api: Client) -> None:
    await api.sign_in("viewer")
    page = await api.get("/overrides", headers=HTML)
    assert "your role may look at them" in page.text
    assert "data-set=" not in page.text


async def test_an_agent_sees_no_overrides_page(api: Client) -> None:
    await api.sign_in("agent")
    assert (await api.get("/overrides", headers=HTML)).status_code == 403
