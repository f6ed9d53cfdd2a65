"""The REST forms of accounts, teams and repositories: mostly addresses and figures that nobody who watches reads."""

from __future__ import annotations

from typing import Any

from coro_cli.drills.host.github.records import Team
from coro_cli.drills.host.github.world import Repo, User

LONG_AGO = "2015-01-01T00:00:00Z"
_USER_LINKS = (
    "followers following{/other_user} gists{/gist_id} starred{/owner}{/repo} subscriptions orgs repos "
    "events{/privacy} received_events"
)
_REPO_LINKS = (
    "keys{/key_id} collaborators{/collaborator} teams hooks issues/events{/number} events assignees{/user} "
    "branches{/branch} tags git/blobs{/sha} git/tags{/sha} git/refs{/sha} git/trees{/sha} statuses/{sha} languages "
    "stargazers contributors subscribers subscription commits{/sha} git/commits{/sha} comments{/number} "
    "issues/comments{/number} contents/{+path} compare/{base}...{head} merges downloads issues{/number} "
    "pulls{/number} milestones{/number} notifications{?since,all,participating} labels{/name} releases{/id} deployments "
    "forks archive{/format}"
)
_NAMES = {
    "orgs": "organizations", "issues_events": "issue_events", "issues_comments": "issue_comment",
    "git_blobs": "blobs", "git_trees": "trees",
}
_FIGURES = dict.fromkeys(
    [
        "forks", "forks_count", "network_count", "open_issues", "open_issues_count", "size", "stargazers_count",
        "subscribers_count", "watchers", "watchers_count",
    ], 0
)
_NOTHING = dict.fromkeys(["description", "homepage", "language", "mirror_url", "license"])
PROFILE: dict[str, Any] = {
    **dict.fromkeys(["bio", "blog", "company", "email", "hireable", "location", "name"]),
    **dict.fromkeys(
        [
            "followers", "following", "public_gists", "public_repos", "collaborators",
            "disk_usage", "owned_private_repos", "private_gists", "total_private_repos"
        ], 0
    ),
    "created_at": LONG_AGO, "updated_at": LONG_AGO, "two_factor_authentication": True,
}


def user_form(user: User, *, api: str, html: str) -> dict[str, Any]:
    """An account, as it is inside other things."""
    url = f"{api}/users/{user.login}"
    return {
        "login": user.login, "id": user.id, "node_id": user.node_id, "gravatar_id": "", "url": url,
        "avatar_url": f"{html}/avatars/{user.id}", "html_url": f"{html}/{user.login}",
        **{f"{_name(link)}_url": f"{url}/{link}" for link in _USER_LINKS.split()},
        "type": user.type, "user_view_type": "public", "site_admin": False,
    }


def team_form(team: Team, *, api: str, html: str) -> dict[str, Any]:
    """A team."""
    url = f"{api}/organizations/{team.owner}/team/{team.id}"
    return {
        "id": team.id, "node_id": team.node_id, "name": team.slug, "slug": team.slug, "description": None,
        "url": url, "html_url": f"{html}/orgs/{team.owner}/teams/{team.slug}", "privacy": "closed", "type": "organization",
        "permission": "push", "members_url": url + "/members{/member}", "repositories_url": f"{url}/repos", "parent": None,
    }


def repo_form(repo: Repo, owner: dict[str, Any] | None, *, api: str, html: str) -> dict[str, Any]:
    """A repository, as it is inside other things."""
    url, page = f"{api}/repos/{repo.full_name}", f"{html}/{repo.full_name}"
    return {
        "id": repo.id, "node_id": repo.node_id, "name": repo.name, "full_name": repo.full_name, "owner": owner,
        "private": repo.private, "visibility": "private" if repo.private else "public", "html_url": page, "url": url,
        **{f"{_name(link)}_url": f"{url}/{link}" for link in _REPO_LINKS.split()}, **_FIGURES, **_NOTHING,
        "clone_url": f"{page}.git", "git_url": f"{page}.git", "ssh_url": f"{page}.git", "svn_url": page,
        "default_branch": "main", "fork": False, "archived": False, "disabled": False, "has_issues": True,
        "has_projects": True, "has_wiki": False, "has_discussions": False, "has_pages": False, "has_downloads": True,
        "created_at": LONG_AGO, "updated_at": LONG_AGO, "pushed_at": LONG_AGO,
    }


def _name(link: str) -> str:
    plain = link.partition("{")[0].strip("/").replace("/", "_")
    return _NAMES.get(plain, plain)
