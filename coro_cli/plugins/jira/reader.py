"""Words of Jira turned into ours: accounts, times, keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coro_cli.domain.events import GHOST, Actor
from coro_cli.plugins.base import Settings
from coro_cli.plugins.wire import maybe, text


@dataclass(slots=True)
class Reader:
    """What has been learnt of the site: whose token it is, the field that names epics, which statuses end an issue.

    done: status id → whether its category is `done`.
    """

    settings: Settings
    me: str = ""
    epic_fields: tuple[str, ...] = ()
    done: Mapping[str, bool] = field(default_factory=dict)

    def identity(self, number: str) -> str:
        """The stable prefix of an issue's keys: its numeric id outlives moves."""
        return f"jira:{self.settings.host}:{number}"

    def actor(self, account: Any) -> Actor:
        """Who it was. No account, a nameless or anonymised one is a ghost.

        Cloud's accounts have no names of their own (https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/):
        the e-mail address where it is shown, else the account id. Both are Atlassian's to give, a display name is not.
        """
        identity = account_id(account)
        name = text(account, "displayName")
        if not identity or identity == "unknown" or name == "Former user":
            return GHOST
        login = text(account, "emailAddress") or identity if text(account, "accountId") else identity
        kind = "bot" if text(account, "accountType") == "app" else "user"
        return Actor(login, kind, self._trust(account, identity), name if name != login else "")

    def _trust(self, account: Any, identity: str) -> str:
        """Who has a licence to work here is a member; a portal's customer, an app and a leaver are not."""
        if self.me and identity == self.me:
            return "self"
        if maybe(account, "active") is False:
            return "none"
        return "member" if text(account, "accountType") in ("", "atlassian") else "none"


def account_id(account: Any) -> str:
    """What an account is told apart by: Cloud's account id, Data Center's user name; where neither is shown, what is."""
    words = ("accountId", "name", "key", "emailAddress", "displayName")
    return next((found for word in words if (found := text(account, word))), "")


def known_as(account: Any) -> dict[str, Any]:
    """What else an account is called: `{"names": […], "id": …}`, or nothing. Cloud has ids, Data Center user names."""
    names = [name for word in ("name", "emailAddress") if (name := text(account, word)) and name != person(account)]
    number = text(account, "accountId") or text(account, "key")
    return ({"names": names} if names else {}) | ({"id": number} if number and number != person(account) else {})


def person(account: Any) -> str:
    """How histories show an account, and so what `--match` is held against."""
    return text(account, "displayName") or account_id(account)
