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


PAGES = {
    "/agents": ("Agents", "الموظفون", "Agenti"),
    "/agents/amina": ("amina", "amina", "amina"),
    "/groups": ("Groups", "المجموعات", "Grupe"),
    "/groups/a%2Fb": ("a/b", "a/b", "a/b"),
    "/holidays": ("Holidays", "العُطل", "Praznici"),
    "/prompts": ("Prompts", "الرسائل الصوتية", "Govorne poruke"),
    "/general": ("General", "عام", "Opšte"),
    "/history": ("History", "السجل الزمني", "Istorija"),
    "/history/3": ("History", "السجل الزمني", "Istorija"),
}


@pytest.mark.parametrize("address", PAGES)
async def test_pages_of_objects_in_every_language(api: Client, address: str) -> None:
    await api.sign_in("viewer")
    for language, title in zip(("en", "ar", "sr"), PAGES[address], strict=True):
        page = await api.get(address, headers=HTML | {"Accept-Language": language})
        assert page.status_code == 200
        assert f"<title>{title} · callrouter</title>" in page.text
        assert 'data-may-edit="false"' in page.text


async def test_only_who_may_edit_finds_how_to_add(api: Client) -> None:
    await api.sign_in("viewer")
    assert 'id="add"' not in (await api.get("/agents", headers=HTML)).text
    await api.sign_in("system_manager")
    assert 'id="add"' in (await api.get("/agents", headers=HTML)).text


async def test_a_name_in_the_address_is_only_text(api: Client) -> None:
    await api.sign_in("viewer")
    page = await api.get("/groups/%3Cscript%3Ealert(1)%3C%2Fscript%3E", headers=HTML)
    assert "<script>alert" not in page.text
