"""What the pages about people call things: roles, scopes, deeds, and why something was refused."""

from collections.abc import Mapping
from types import MappingProxyType

from callrouter.console.people.said import Refused, _
from callrouter.console.people.signing_in import Waits
from callrouter.console.words import Words
from callrouter.db.api_tokens import Scope
from callrouter.db.users import Role

ROLES: Mapping[Role, tuple[str, str]] = MappingProxyType(
    {
        Role.SYSTEM_MANAGER: (_("System Manager"), _("Everything, also people and tokens")),
        Role.SUPERVISOR: (
            _("Supervisor"),
            _("The board, all calls, overrides; steers agents and calls"),
        ),
        Role.AGENT: (_("Agent"), _("The board, the own calls and the own state")),
        Role.REVIEWER: (_("Reviewer"), _("The board, all calls with numbers, exports")),
        Role.VIEWER: (_("Viewer"), _("The board and all calls, numbers masked")),
    }
)
"""Each role's name, and what it may do in a few words."""

SCOPES: Mapping[Scope, tuple[str, str]] = MappingProxyType(
    {
        Scope.READ: (_("Read"), _("The board, calls with numbers, exports, the configuration")),
        Scope.AGENTS: (_("Agents"), _("Log agents in and out, pause them")),
        Scope.OVERRIDES: (_("Overrides"), _("Set and end overrides")),
        Scope.CALLS: (_("Calls"), _("End calls and move them")),
        Scope.CONFIGURATION: (_("Configuration"), _("Change the configuration and prompts")),
        Scope.PEOPLE: (_("People"), _("Make and change users, read the audit log")),
    }
)

DEEDS: Mapping[str, str] = MappingProxyType(
    {
        "sign_in": _("Signed in"),
        "sign_in.failed": _("Could not sign in"),
        "sign_out": _("Signed out"),
        "user.create": _("Made a user"),
        "user.change": _("Changed a user"),
        "user.disable": _("Disabled a user"),
        "user.enable": _("Enabled a user"),
        "user.password": _("Changed a password"),
        "user.password_link": _("Made a link for a password"),
        "user.sign_out": _("Signed a user out"),
        "token.create": _("Made a token"),
        "token.revoke": _("Revoked a token"),
        "override.set": _("Set an override"),
        "override.end": _("Ended an override"),
        "agent.pause": _("Paused an agent"),
        "agent.unpause": _("Ended a pause"),
        "agent.log_in": _("Logged an agent in"),
        "agent.log_out": _("Logged an agent out"),
        "call.end": _("Ended a call"),
        "call.move": _("Moved a call"),
        "configuration.save": _("Saved the configuration"),
        "configuration.roll_back": _("Rolled the configuration back"),
        "prompt.upload": _("Uploaded a sound"),
        "prompt.delete": _("Deleted a sound"),
        "calendar.upload": _("Uploaded a calendar"),
        "calls.export": _("Exported calls"),
        "audit.export": _("Exported the audit log"),
    }
)
"""What the audit log's words mean; a word that is not here is shown as it is."""


def refusal(words: Words, refused: Refused) -> str:
    """Why not, in the reader's language, and when again."""
    why = words.gettext(refused.text) % refused.values
    if isinstance(refused, Waits):
        again = words.gettext(_("Try again in %(time)s (minutes and seconds)."))
        return f"{why} {again % {'time': words.duration(refused.seconds)}}"
    return why


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
_LONGEST_BROWSER = 40


def browser_name(user_agent: str) -> str:
    """`Firefox, Linux`: what somebody knows his browser by; else how it calls itself, shortened."""
    known = [
        next((name for sign, name in signs if sign in user_agent), None)
        for signs in (_BROWSERS, _SYSTEMS)
    ]
    if known[0] is None:
        return user_agent[:_LONGEST_BROWSER]
    return ", ".join(name for name in known if name)
