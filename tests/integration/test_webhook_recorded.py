"""Recorded deliveries of real hosts become the right event, or none. They are read as a plugin without credentials would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coro_cli.plugins import registry
from coro_cli.plugins.base import Settings
from coro_cli.webhooks import meaning

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "webhooks-go-playground"
FOLDERS = {
    "github": "github", "gitlab": "gitlab", "gitea": "gitea", "bitbucket": "bitbucket", "bitbucket-server": "bitbucket-dc",
    "azuredevops": "azure",
}  # fmt: skip
# What each says itself. A file that is not here says nothing that is an event.
EVENTS: dict[str, dict[str, list[str]]] = {
    "github": {
        "issue-comment": ["issue:commented github:x:35129377:2:ic:99262140"], "issues": ["issue:opened github:x:35129377:2:opened"],
        "pull-request-review-comment": ["pull_request:commented github:x:35129377:1:rc:29724692"],
        "pull-request-review": ["pull_request:approved github:x:35129377:8:review:2626884:approved"],
        "pull-request": ["pull_request:opened github:x:35129377:1:opened"],
    },
    "gitlab": {
        "comment-issue-event": ["issue:commented gitlab:x:5:#17:note:1241"],
        "comment-merge-request-event": ["pull_request:commented gitlab:x:5:!1:note:1244"],
        "confidential-comment-event": ["issue:commented gitlab:x:5:#17:note:1241"],
        "confidential-issue-event": ["issue:opened gitlab:x:14:#23:opened"], "issue-event": ["issue:opened gitlab:x:14:#23:opened"],
        "merge-request-event": ["pull_request:opened gitlab:x:1:!1:opened"],
    },
    "gitea": {
        "issue-comment-event": ["issue:commented gitea:x:1:1:comment:2"], "issues-event": ["issue:opened gitea:x:1:1:opened"],
        "pull-request-comment-event": ["pull_request:commented gitea:x:1:2:comment:6"],
        "pull-request-event": ["pull_request:opened gitea:x:1:2:opened"],
    },
}  # fmt: skip
# What each is about, where it says no event of its own: a look tells the rest. Files that are not here are about nothing of ours.
LOOKS: dict[str, set[str]] = {
    "github": {"pull-request-issue-comment"},
    "gitlab": {"pipeline-event", "system-merge-request-event"},
    "gitea": {
        "issue-assign-event", "issue-label-event", "issue-milestone-event", "pull-request-assign-event", "pull-request-label-event",
        "pull-request-milestone-event", "pull-request-review-event",
    },
    "bitbucket": {
        f"pull-request-{what}" for what in (
            "approval-removed", "approved", "comment-created", "comment-deleted", "comment-updated", "created", "declined", "merged",
            "updated",
        )
    },
    "bitbucket-server": {
        f"pr-{what}" for what in (
            "comment-added", "comment-deleted", "comment-edited", "declined", "deleted", "merged", "modified", "opened",
            "reviewer-approved", "reviewer-needs-work", "reviewer-unapproved", "reviewer-updated",
        )
    },
    "azuredevops": {"git.pullrequest.created", "git.pullrequest.merged", "git.pullrequest.updated"},
}  # fmt: skip
FILES = [(folder, path) for folder in FOLDERS for path in sorted((RECORDED / folder).glob("*.json"))]


def headers(name: str) -> list[tuple[str, str]]:
    return [("X-GitHub-Event", name.replace("-", "_")), ("X-Gitea-Event", name.removesuffix("-event").replace("-", "_"))]


@pytest.mark.skipif(not FILES, reason="the recorded deliveries are not here")
@pytest.mark.parametrize(("folder", "path"), FILES, ids=[f"{folder}-{path.stem}" for folder, path in FILES])
def test_a_recorded_delivery_becomes_the_right_event_or_none(folder: str, path: Path) -> None:
    kind = FOLDERS[folder]
    plugin: Any = registry.make(Settings(kind, kind, "https://api.x", "https://x"))
    hint = meaning.read(plugin, headers(path.stem), path.read_bytes())
    expected = EVENTS.get(folder, {}).get(path.stem, [])
    said = [f"{event.name} {event.key}" for event in meaning.events(hint)]
    # A host whose plugin learns to read more of its payloads says more than is listed for it, never anything else.
    assert said == expected or (not expected and path.stem in LOOKS.get(folder, ())), said
    assert bool(hint.refs) == bool(expected or path.stem in LOOKS.get(folder, ()))
