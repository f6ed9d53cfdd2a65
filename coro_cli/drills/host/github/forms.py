"""The REST forms of accounts, repositories, issues and pull requests (https://docs.github.com/rest, 2022-11-28)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coro_cli.drills.host.github.accounts import PROFILE, repo_form, team_form, user_form
from coro_cli.drills.host.github.issue import Issue
from coro_cli.drills.host.github.pull import Pull
from coro_cli.drills.host.github.records import Label, Team
from coro_cli.drills.host.github.world import Repo, User, World, stamp

Json = dict[str, Any]


class Forms:
    """Makes them. api: the address requests come to; html: the address of the pages for people."""

    def __init__(self, world: World, *, api: str, html: str = "https://github.com") -> None:
        self.world, self.api, self.html = world, api, html
        self._kept: dict[tuple[int, int, str], Json] = {}

    def user(self, user: User | None) -> Json | None:
        """An account; a deleted one is null."""
        if user is None or user.deleted:
            return None
        return self._keep(user, lambda: user_form(user, api=self.api, html=self.html))

    def repo(self, repo: Repo) -> Json:
        """A repository as it is inside other things."""
        owner = self.user(self.world.user(repo.owner))
        return self._keep(repo, lambda: repo_form(repo, owner, api=self.api, html=self.html))

    def repo_url(self, repo: Repo) -> str:
        """Its API address."""
        return f"{self.api}/repos/{repo.full_name}"

    def page_of(self, item: Issue) -> str:
        """The page for people."""
        return f"{self.html}/{item.repo.full_name}/{'pull' if isinstance(item, Pull) else 'issues'}/{item.number}"

    def issue(self, item: Issue) -> Json:
        """The issue form, which pull requests have as well: with a `pull_request` key and the issue's own id."""
        url = f"{self.repo_url(item.repo)}/issues/{item.number}"
        made = {
            "url": url, "repository_url": self.repo_url(item.repo), "labels_url": url + "/labels{/name}",
            "comments_url": f"{url}/comments", "events_url": f"{url}/events", "html_url": self.page_of(item),
            **self._common(item), "id": item.id, "comments": item.comment_count,
            "closed_by": self.user(item.closed_by),
            "state_reason": item.state_reason or None, "timeline_url": f"{url}/timeline",
            "sub_issues_summary": self._summary(item), "performed_via_github_app": None,
        }
        return {**made, **self._pull_key(item)} if isinstance(item, Pull) else made

    def pull(self, pull: Pull) -> Json:
        """A pull request in a list."""
        root, page = self.repo_url(pull.repo), self.page_of(pull)
        url, issue = f"{root}/pulls/{pull.number}", f"{root}/issues/{pull.number}"
        statuses = f"{root}/statuses/{pull.head_sha}"
        links = {
            "self": url, "html": page, "issue": issue, "comments": f"{issue}/comments",
            "review_comments": f"{url}/comments", "review_comment": f"{root}/pulls/comments{{/number}}",
            "commits": f"{url}/commits", "statuses": statuses,
        }
        return {
            "url": url, "html_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "issue_url": issue,
            "commits_url": links["commits"], "review_comments_url": links["review_comments"],
            "review_comment_url": links["review_comment"], "comments_url": links["comments"], "statuses_url": statuses,
            **self._common(pull), "id": pull.pull_id, "merged_at": stamp(pull.merged_at),
            "merge_commit_sha": pull.merge_sha, "draft": pull.draft_now, "auto_merge": None,
            "requested_reviewers": [self.user(user) for user in pull.requested.values()],
            "requested_teams": [self.team(team) for team in pull.teams.values()],
            "head": self._branch(pull.head_repo, pull.head_ref, pull.head_sha, pull.author),
            "base": self._branch(pull.repo, pull.base_ref, pull.base_sha, self.world.user(pull.repo.owner)),
            "_links": {name: {"href": href} for name, href in links.items()},
        }

    def whole_pull(self, pull: Pull) -> Json:
        """A pull request asked for by its number: with merge state and figures."""
        known = pull.state == "open" and not pull.puzzled
        return {
            **self.pull(pull), "merged": pull.merged_at is not None,
            "mergeable": not pull.conflicting if known else None, "rebaseable": not pull.conflicting if known else None,
            "mergeable_state": pull.merge_state() if known else "unknown",
            "merged_by": self.user(pull.closed_by) if pull.merged_at is not None else None,
            "comments": pull.comment_count, "review_comments": sum(len(t.comments) for t in pull.threads),
            "maintainer_can_modify": False, "commits": len(pull.commits),
            "additions": 3, "deletions": 1, "changed_files": 1,
        }

    def label(self, label: Label, repo: Repo) -> Json:
        """A label."""
        return {
            "id": label.id, "node_id": label.node_id, "url": f"{self.repo_url(repo)}/labels/{label.name}",
            "name": label.name, "color": "ededed", "default": False, "description": None,
        }

    def team(self, team: Team) -> Json:
        """A team."""
        return team_form(team, api=self.api, html=self.html)

    def me(self, user: User) -> Json:
        """An account as it is told to itself, with its profile."""
        return {**(self.user(user) or {}), **PROFILE, "user_view_type": "private"}

    def _common(self, item: Issue) -> Json:
        assignees = [self.user(user) for user in item.assignees.values()]
        return {
            "node_id": item.node_id, "number": item.number, "title": item.title, "user": self.user(item.author),
            "labels": [self.label(label, item.repo) for label in item.labels.values()], "state": item.state,
            "locked": False, "active_lock_reason": None, "assignee": assignees[0] if assignees else None,
            "assignees": assignees, "milestone": None, "author_association": item.association, "body": item.body,
            "created_at": stamp(item.created_at), "updated_at": stamp(item.updated_at),
            "closed_at": stamp(item.closed_at),
        }

    def _pull_key(self, pull: Pull) -> Json:
        page = self.page_of(pull)
        link = {
            "url": f"{self.repo_url(pull.repo)}/pulls/{pull.number}", "html_url": page, "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch", "merged_at": stamp(pull.merged_at),
        }
        return {"draft": pull.draft_now, "pull_request": link}

    def _summary(self, item: Issue) -> Json:
        done = sum(child.state == "closed" for child in item.sub_issues)
        total = len(item.sub_issues)
        return {"total": total, "completed": done, "percent_completed": 100 * done // total if total else 0}

    def _branch(self, repo: Repo | None, ref: str, sha: str, user: User) -> Json:
        owner = self.world.user(repo.owner) if repo else user
        form = self.repo(repo) if repo else None
        return {"label": f"{owner.login}:{ref}", "ref": ref, "sha": sha, "user": self.user(owner), "repo": form}

    def _keep(self, thing: User | Repo, make: Callable[[], Json]) -> Json:
        key = (id(thing), self.world.version, self.api)
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]
