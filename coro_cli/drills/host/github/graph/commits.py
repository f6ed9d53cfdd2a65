"""Commits and their checks in GraphQL. A commit is a pair here: its sha, and the pull request it was asked through."""

from __future__ import annotations

from typing import Any

from coro_cli.drills.host.github.graph.ground import Ground, alive, pages, small
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.world import stamp
from coro_cli.drills.host.graphql.schema import Fields, Schema, plain, to

Git = tuple[str, Pull]


def add_commits(schema: Schema, ground: Ground) -> None:
    """`Commit`, `PullRequestCommit`, `StatusCheckRollup` and its contexts."""
    schema.types["Commit"] = {
        "id": plain(lambda c: f"C_kwDO{c[0][:24]}"), "oid": plain(lambda c: c[0]),
        "abbreviatedOid": plain(lambda c: c[0][:7]), "committedDate": plain(committed_at),
        "authoredDate": plain(committed_at), "message": plain(lambda c: f"Change {c[1].title}"),
        "messageHeadline": plain(lambda c: f"Change {c[1].title}"),
        "statusCheckRollup": to("StatusCheckRollup", _rollup),
        "url": plain(lambda c: f"{ground.forms.html}/{c[1].repo.full_name}/commit/{c[0]}"),
    }
    schema.types["PullRequestCommit"] = {
        "id": plain(lambda c: c.node_id), "commit": to("Commit", lambda c: (c.sha, c.item)),
        "pullRequest": to("PullRequest", lambda c: c.item),
        "url": plain(lambda c: f"{ground.forms.page_of(c.item)}/commits/{c.sha}"),
    }
    _add_checks(schema, ground)


def committed_at(git: Git) -> str | None:
    """When it was made; the merge commit at the merge."""
    sha, pull = git
    known = next((commit.created_at for commit in pull.commits if commit.sha == sha), pull.merged_at)
    return stamp(known if known is not None else pull.created_at)


def _rollup(git: Git) -> Git | None:
    return git if git[1].rollup(git[0]) else None


def _contexts(git: Git, args: Any) -> list[Any]:
    sha, pull = git
    return [*pull.repo.checks.get(sha, []), *pull.repo.statuses.get(sha, [])]


def _add_checks(schema: Schema, ground: Ground) -> None:
    required: Fields = {"isRequired": plain(lambda c: False)}
    schema.types["StatusCheckRollup"] = {
        "id": plain(lambda c: f"SCR_kwDO{c[0][:24]}"), "state": plain(lambda c: c[1].rollup(c[0])),
        "commit": to("Commit", lambda c: c), "contexts": pages(schema, "StatusCheckRollupContext", _contexts),
    }
    schema.types["CheckRun"] = {
        **required, "id": plain(lambda r: r.node_id), "databaseId": plain(lambda r: small(r.id)),
        "name": plain(lambda r: r.name), "status": plain(lambda r: r.status.upper()),
        "conclusion": plain(lambda r: r.conclusion.upper() if r.conclusion else None),
        "startedAt": plain(lambda r: stamp(r.started_at)), "completedAt": plain(lambda r: stamp(r.completed_at)),
        "detailsUrl": plain(lambda r: f"https://ci.example.com/{r.id}"), "title": plain(lambda r: None),
        "url": plain(lambda r: f"https://ci.example.com/{r.id}"), "summary": plain(lambda r: None),
    }
    schema.types["StatusContext"] = {
        **required, "id": plain(lambda s: s.node_id), "context": plain(lambda s: s.context),
        "state": plain(lambda s: s.state.upper()), "createdAt": plain(lambda s: stamp(s.created_at)),
        "description": plain(lambda s: None), "targetUrl": plain(lambda s: f"https://ci.example.com/{s.id}"),
        "creator": to("Actor", lambda s: alive(s.creator)),
    }
    schema.abstract["StatusCheckRollupContext"] = ("CheckRun", "StatusContext")
