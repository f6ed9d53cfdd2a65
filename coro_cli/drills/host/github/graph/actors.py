"""Accounts, teams and repositories in GraphQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coro_cli.drills.host.github.graph.ground import Ground, pages, short_login, small
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.world import Repo
from coro_cli.drills.host.graphql.schema import Args, FieldOf, Fields, Refused, Resolver, Schema, plain, to

ACTORS = ("User", "Bot", "Organization", "Mannequin")


def add_actors(schema: Schema, ground: Ground) -> None:
    """`Actor` and its members, `Team`, and the unions they appear in."""
    base: Fields = {
        "login": plain(short_login),
        "url": plain(lambda u: f"{ground.forms.html}/{u.login}"),
        "resourcePath": plain(lambda u: f"/{u.login}"),
        "avatarUrl": FieldOf(lambda u, a: f"{ground.forms.html}/avatars/{u.id}", args={"size": "Int"}),
    }
    schema.types["Actor"] = base
    ids: Fields = {"id": plain(lambda u: u.node_id), "databaseId": plain(lambda u: small(u.id))}
    for name in ACTORS:
        schema.types[name] = {**base, **ids, "createdAt": plain(lambda u: "2015-01-01T00:00:00Z")}
    for name in ("User", "Organization"):
        schema.types[name]["name"] = plain(lambda u: None)
    schema.types["Team"] = {
        "id": plain(lambda t: t.node_id), "slug": plain(lambda t: t.slug), "name": plain(lambda t: t.slug),
        "databaseId": plain(lambda t: small(t.id)), "combinedSlug": plain(lambda t: f"{t.owner}/{t.slug}"),
    }
    schema.abstract |= {
        "Actor": ACTORS, "Assignee": ACTORS, "RepositoryOwner": ("User", "Organization"),
        "RequestedReviewer": ("User", "Bot", "Mannequin", "Team"),
    }
    schema.types["RepositoryOwner"] = {**base, "id": ids["id"]}


def add_repository(schema: Schema, ground: Ground) -> None:
    """`Repository`: by what it holds, and its lists by state and order."""

    number = {"number": "Int!"}
    order = {"orderBy": "IssueOrder"}
    schema.types["Repository"] = {
        "id": plain(lambda r: r.node_id), "databaseId": plain(lambda r: small(r.id)), "name": plain(lambda r: r.name),
        "nameWithOwner": plain(lambda r: r.full_name), "isPrivate": plain(lambda r: r.private),
        "owner": to("RepositoryOwner", lambda r: ground.world.user(r.owner)),
        "url": plain(lambda r: f"{ground.forms.html}/{r.full_name}"),
        "pullRequest": FieldOf(_found("a PullRequest", _is_pull), "PullRequest", number),
        "issue": FieldOf(_found("an Issue", lambda item: not _is_pull(item)), "Issue", number),
        "issueOrPullRequest": FieldOf(
            _found("an issue or pull request", lambda item: True), "IssueOrPullRequest", number
        ),
        "pullRequests": pages(schema, "PullRequest", _pulls, states="[PullRequestState!]", **order),
        "issues": pages(schema, "Issue", _issues, states="[IssueState!]", **order),
    }
    schema.abstract["IssueOrPullRequest"] = ("Issue", "PullRequest")
    schema.enums |= {
        "PullRequestState": frozenset({"OPEN", "CLOSED", "MERGED"}), "IssueState": frozenset({"OPEN", "CLOSED"}),
    }
    schema.inputs |= {"IssueOrder", "IssueCommentOrder"}


def state_of(item: Issue) -> str:
    """`OPEN`, `CLOSED` or, of a pull request, `MERGED`."""
    merged = isinstance(item, Pull) and item.merged_at is not None
    return "MERGED" if merged else item.state.upper()


def _is_pull(item: Issue) -> bool:
    return isinstance(item, Pull)


def _found(word: str, fits: Callable[[Issue], bool]) -> Resolver:
    def resolve(repo: Repo, args: Args) -> Issue:
        item = repo.items.get(args["number"])
        if item is None or not fits(item):
            raise Refused("NOT_FOUND", f"Could not resolve to {word} with the number of {args['number']}.")
        return item

    return resolve


def _pulls(repo: Repo, args: Args) -> Sequence[Issue]:
    return _ordered([item for item in repo.items.values() if _is_pull(item)], args)


def _issues(repo: Repo, args: Args) -> Sequence[Issue]:
    return _ordered([item for item in repo.items.values() if not _is_pull(item)], args)


def _ordered(items: Sequence[Issue], args: Args) -> Sequence[Issue]:
    wanted = args.get("orderBy") or {}
    field = "updated_at" if wanted.get("field") == "UPDATED_AT" else "created_at"
    shown = [item for item in items if not args.get("states") or state_of(item) in args["states"]]
    return sorted(shown, key=lambda i: (getattr(i, field), i.id), reverse=wanted.get("direction") == "DESC")
