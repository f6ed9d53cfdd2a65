"""GitHub's side of webhooks: who subscribed, and the signed request each gets for what happens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from coro_cli.drills.host.github.forms import Forms
from coro_cli.drills.host.github.payloads import payload_of
from coro_cli.drills.host.github.world import Happening
from coro_cli.drills.host.hooks import Courier, Delivery, raw, sign


@dataclass(frozen=True, slots=True)
class Hook:
    """A subscription. events: names, or `*` for all. Without a secret nothing is signed."""

    id: int
    url: str
    secret: str = field(repr=False, default="")
    events: frozenset[str] = frozenset({"*"})


def delivery(hook: Hook, event: str, payload: dict[str, Any]) -> Delivery:
    """One signed delivery; it is not sent yet."""
    body, guid = raw(payload), str(uuid.uuid4())
    headers = {
        "User-Agent": "GitHub-Hookshot/0000000", "Accept": "*/*", "Content-Type": "application/json",
        "X-GitHub-Event": event, "X-GitHub-Delivery": guid, "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-Type": "repository", "X-GitHub-Hook-Installation-Target-ID": "1",
    }
    if hook.secret:
        headers |= {"X-Hub-Signature": sign(hook.secret, body, "sha1"), "X-Hub-Signature-256": sign(hook.secret, body)}
    return Delivery(hook.url, headers, body, guid)


class Deliveries:
    """Listens to the world and sends. `log` has every delivery; `settle()` waits until all were answered."""

    def __init__(self, forms: Forms) -> None:
        self.forms = forms
        self.hooks: list[Hook] = []
        self.courier = Courier()

    @property
    def log(self) -> list[Delivery]:
        """All deliveries so far, oldest first."""
        return self.courier.log

    def subscribe(self, hook: Hook) -> None:
        """Add a subscription; GitHub greets it with a `ping`."""
        self.hooks.append(hook)
        config = {"content_type": "json", "url": hook.url, "insecure_ssl": "0"}
        about = {"type": "Repository", "id": hook.id, "active": True, "events": sorted(hook.events), "config": config}
        ping = {"zen": "Keep it logically awesome.", "hook_id": hook.id, "hook": about}
        self.courier.send(delivery(hook, "ping", ping))

    def tell(self, happening: Happening) -> None:
        """Send what happened, as it is at this instant, to all who subscribed to it."""
        wanting = [hook for hook in self.hooks if hook.events & {"*", happening.event}]
        if wanting:
            payload = payload_of(self.forms, happening)
            for hook in wanting:
                self.courier.send(delivery(hook, happening.event, payload))

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until every delivery was answered; False when the time ran out."""
        return self.courier.settle(timeout)

    def redeliver(self, past: Delivery) -> None:
        """Send one again: same body, same id, as a manual redelivery at GitHub."""
        self.courier.send(past)
