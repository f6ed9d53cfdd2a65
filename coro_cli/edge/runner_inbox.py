"""Frames of the edge into this home's store. What is acknowledged is on the disk; what then happens is what happens to
every delivery (`coro_cli.webhooks.handling`): look at the host, or believe the payload where that cannot be.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coro_cli import config
from coro_cli.edge import frames, ingress
from coro_cli.errors import CoroError
from coro_cli.jobs import act
from coro_cli.store.database import Database
from coro_cli.webhooks import endpoints, signature
from coro_cli.webhooks.policy import Taken

Tell = Callable[[str, dict[str, Any]], None]


def taken(settings: config.Config, said: frames.Webhook) -> Taken:
    """The delivery as the local receiver would have stored it: the same one by both doors is one row."""
    digest, headers, host_id = hashlib.sha256(said.body).hexdigest(), tuple(said.headers.items()), ""
    event = ""
    plugin = settings.plugins.get(said.plugin)
    if plugin is not None:
        try:
            descriptor = endpoints.of(plugin.kind)
        except CoroError:
            pass  # it is stored, and handling will say that the kind cannot be used
        else:
            names = (descriptor.delivery, *(weaker.delivery for weaker in descriptor.weaker), "webhook-id")
            host_id = next((found for name in names if (found := signature.delivery(headers, name))), "")
            event = signature.lone(headers, descriptor.event)[:100] if descriptor.event else ""
    return Taken(said.plugin, host_id or digest, digest, event, headers, said.body, "", time.time(), "relay")


def watching(db: Database) -> list[str]:
    """What this home waits for, in the words of `coro_cli.edge.ingress`; the edge keeps deliveries about it for us."""
    found: dict[str, None] = {}
    for row in db.all("watched"):
        plugin, _, rest = row["ref"].partition(":")
        found[ingress.ref(row["ref"])] = None
        if row["native"]:
            found[ingress.native(plugin, row["native"])] = None
        found[ingress.scope(plugin, row["scope"] or rest)] = None
    return frames.fitting(found)


@dataclass(frozen=True, slots=True)
class Orders:
    """`event:resume`, `event:message`, `event:cancel`: what a person would type here. tell: where refusals go."""

    db: Database
    tell: Tell

    def obey(self, frame: dict[str, Any]) -> bool:
        """Do it. False where it is about no job of ours, or the job's state forbids it."""
        job = frames.word(frame, "jobId")
        if not job or len(job) > 64 or self.db.one("job_get", id=job) is None:
            return False  # another runner's
        try:
            self._do(frame, job)
        except CoroError as error:
            self.tell("error", {"message": f"the edge asked for it, but {error.message}"})
            return False
        return True

    def _do(self, frame: dict[str, Any], job: str) -> None:
        kind = frame["type"]
        if kind == "event:resume":
            # A prompt is something said to the job. It is never a phase.
            act.resume(self.db, job, event="", text=frames.clean(frames.word(frame, "prompt")), force=False)
        elif kind == "event:message" and frames.word(frame, "message").strip():
            act.message(self.db, job, frames.clean(frames.word(frame, "message")), resume=True)
        elif kind == "event:cancel":
            act.cancel(self.db, job, frames.clean(frames.word(frame, "reason"))[:1000] or "cancelled by the team's edge")
