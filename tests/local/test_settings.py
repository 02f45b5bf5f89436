"""CALLROUTER_LOCAL_…: loopback unless told otherwise, and clear refusals."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from callrouter.local.settings import LocalSettings
from callrouter.local.stack import asterisk_site


def test_loopback_by_default() -> None:
    settings = LocalSettings()
    assert settings.on_loopback
    assert settings.state_dir == Path(".state")
    site = asterisk_site(settings)
    assert (site.sip_bind, site.http_bind) == ("127.0.0.1", "127.0.0.1")


def test_one_setting_opens_sip_and_rtp_but_never_ari(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLROUTER_LOCAL_BIND", "0.0.0.0")  # noqa: S104
    settings = LocalSettings()
    site = asterisk_site(settings)
    assert (site.sip_bind, site.http_bind) == ("0.0.0.0", "127.0.0.1")  # noqa: S104
    assert site.qualify_seconds == 60
    assert settings.sip_address == "127.0.0.1"


@pytest.mark.parametrize(
    ("name", "value"),
    [("BIND", "all"), ("BIND", "::1"), ("SIP_PORT", "0"), ("ARI_PORT", "70000"), ("RTP_END", "1")],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CALLROUTER_LOCAL_{name}", value)
    with pytest.raises(ValidationError):
        LocalSettings()
