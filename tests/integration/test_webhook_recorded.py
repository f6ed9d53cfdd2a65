"""Recorded deliveries of real hosts become the right event, or none. They are read as a plugin without credentials would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coro_cli.plugins import registry
from coro_cli.plugins.base import Settings
from coro_cli.webhooks import interpret

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "webhooks-go-playground"
FOLDERS = {
    "github": "github", "gitlab": "gitlab", "gitea": "gitea", "bitbucket": "bitbucket", "bitbucket-server": "bitbucket-dc",
    "azuredevops": "azure",
}  # fmt: skip
EMMA = "{a54f16da-24e9-4d7f-a3a7-b1ba2cd98aa3}"
CLOUD, DC = "bitbucket:x:{673a6070-3421-46c9-9d48-90745f7bfe8e}:1", "bitbucket-dc:x:4"
AZURE, HEAD = "azure:x:4bc14d40-c903-45e2-872e-0462c7748079:1", "32a0b8a740c2963c6f56bd8baf3dc05683d299e0"
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
        "pull-request-review-event": ["pull_request:reviewed gitea:x:1:2:review:by:1:1646811411:commented"],
        "issue-assign-event": ["issue:assigned gitea:x:1:1:assigned:example:1646810423"],
        "pull-request-assign-event": ["pull_request:assigned gitea:x:1:2:assigned:example:1646811119"],
    },
    "bitbucket": {
        "pull-request-created": [f"pull_request:opened {CLOUD}:opened"], "pull-request-merged": [f"pull_request:merged {CLOUD}:merged"],
        "pull-request-declined": [f"pull_request:closed {CLOUD}:closed:1428333818"],
        "pull-request-approved": [f"pull_request:approved {CLOUD}:review:participant:{EMMA}:1428338099:approved"],
        "pull-request-approval-removed": [f"pull_request:review_dismissed {CLOUD}:review:participant:{EMMA}:1428338099:dismissed"],
        "pull-request-comment-created": [f"pull_request:commented {CLOUD}:comment:17"],
        "pull-request-comment-updated": [f"pull_request:comment_edited {CLOUD}:comment:17:1428339149"],
    },
    "bitbucket-server": {
        "pr-opened": [f"pull_request:opened {DC}:5:opened"], "pr-merged": [f"pull_request:merged {DC}:5:merged"],
        "pr-declined": [f"pull_request:closed {DC}:2:closed:1551431555"],
        "pr-comment-added": [f"pull_request:commented {DC}:2:comment:167"],
        "pr-comment-edited": [f"pull_request:comment_edited {DC}:2:comment:165:1551431171"],
        "pr-reviewer-approved": [f"pull_request:approved {DC}:5:review:participant:2125:approved:{HEAD}:1551432938:approved"],
        "pr-reviewer-needs-work": [
            f"pull_request:changes_requested {DC}:5:review:participant:2125:needs_work:{HEAD}:1551432893:changes_requested"
        ],
        "pr-reviewer-unapproved": [
            f"pull_request:review_dismissed {DC}:5:review:participant:2125:needs_work:{HEAD}:1551432855:dismissed"
        ],
        "pr-reviewer-updated": [f"pull_request:review_requested {DC}:3:review_requested:tux:1551431988"],
    },
    "azuredevops": {
        "git.pullrequest.created": [f"pull_request:opened {AZURE}:opened"],
        "git.pullrequest.updated": [f"pull_request:merged {AZURE}:merged"],
        "git.pullrequest.merged": [f"pull_request:merged {AZURE}:merged"],
    },
}  # fmt: skip
# What each is about, where it says no event of its own: a look tells the rest. Files that are not here are about nothing of ours.
LOOKS: dict[str, set[str]] = {
    "github": {"pull-request-issue-comment"},
    "gitlab": {"pipeline-event", "system-merge-request-event"},
    "gitea": {"issue-label-event", "issue-milestone-event", "pull-request-label-event", "pull-request-milestone-event"},
    "bitbucket": {"pull-request-comment-deleted", "pull-request-updated"},
    "bitbucket-server": {"pr-comment-deleted", "pr-deleted", "pr-modified"},
}
KEYS = {
    "pull-request-approval-removed": "pullrequest:unapproved", "pull-request-approved": "pullrequest:approved",
    "pull-request-created": "pullrequest:created", "pull-request-declined": "pullrequest:rejected",
    "pull-request-merged": "pullrequest:fulfilled", "pull-request-updated": "pullrequest:updated",
    "pull-request-comment-created": "pullrequest:comment_created", "pull-request-comment-updated": "pullrequest:comment_updated",
    "pull-request-comment-deleted": "pullrequest:comment_deleted",
}  # fmt: skip
FILES = [(folder, path) for folder in FOLDERS for path in sorted((RECORDED / folder).glob("*.json"))]


def headers(name: str) -> list[tuple[str, str]]:
    named = {"X-GitHub-Event": name.replace("-", "_"), "X-Gitea-Event": name.removesuffix("-event").replace("-", "_")}
    return list((named | ({"X-Event-Key": KEYS[name]} if name in KEYS else {})).items())


@pytest.mark.skipif(not FILES, reason="the recorded deliveries are not here")
@pytest.mark.parametrize(("folder", "path"), FILES, ids=[f"{folder}-{path.stem}" for folder, path in FILES])
def test_a_recorded_delivery_becomes_the_right_event_or_none(folder: str, path: Path) -> None:
    kind = FOLDERS[folder]
    plugin: Any = registry.make(Settings(kind, kind, "https://api.x", "https://x"))
    hint = interpret.read(plugin, headers(path.stem), path.read_bytes())
    expected = EVENTS.get(folder, {}).get(path.stem, [])
    said = [f"{event.name} {event.key}" for event in interpret.events(hint)]
    assert said == expected
    assert bool(hint.refs) == bool(expected or path.stem in LOOKS.get(folder, ()))
