"""Git remotes: which plugin and scope a clone belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coro_cli.domain.parse_ref import Site, remote_scope

SITES = [
    Site("jira", "jira", "https://git.acme.dev"),
    Site("github", "github", "https://github.com"),
    Site("gitlab", "gitlab", "https://gitlab.com"),
    Site("work", "gitlab", "https://git.acme.dev:8443/gitlab"),
    Site("gitea", "gitea", "https://gitea.acme.dev:3000"),
    Site("local", "gitea", "http://[::1]:3000"),
    Site("bitbucket", "bitbucket", "https://bitbucket.org"),
    Site("dc", "bitbucket-dc", "https://gts.acme.dev/stash"),
    Site("azure", "azure", "https://dev.azure.com"),
    Site("tfs", "azure", "https://ado.acme.dev/tfs"),
    Site("review", "gerrit", "https://review.acme.dev"),
]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/acme/api.git", ("github", "acme/api")),
        ("https://github.com/acme/api/", ("github", "acme/api")),
        ("https://x-access-token:abc@GitHub.com/acme/api", ("github", "acme/api")),
        ("git@github.com:acme/api.git", ("github", "acme/api")),
        ("git@github.com:/acme/api.git\n", ("github", "acme/api")),
        ("github.com:acme/api", ("github", "acme/api")),
        ("org-123@github.com:acme/api.git", ("github", "acme/api")),
        ("ssh://git@github.com/acme/api.git", ("github", "acme/api")),
        ("ssh://git@ssh.github.com:443/acme/api.git", ("github", "acme/api")),
        ("git://github.com/acme/api.git", ("github", "acme/api")),
        ("git+ssh://git@github.com/acme/api.git", ("github", "acme/api")),
        ("git@gitlab.com:g/s/p.git", ("gitlab", "g/s/p")),
        ("ssh://git@altssh.gitlab.com:443/g/s/p.git", ("gitlab", "g/s/p")),
        ("https://git.acme.dev:8443/gitlab/g/p.git", ("work", "g/p")),
        ("ssh://git@git.acme.dev:2222/g/p.git", ("work", "g/p")),
        ("git@git.acme.dev:gitlab/g/p.git", ("work", "g/p")),
        ("ssh://git@gitea.acme.dev:22/o/r.git", ("gitea", "o/r")),
        ("git@[::1]:o/r.git", ("local", "o/r")),
        ("ssh://git@[::1]:2222/o/r.git", ("local", "o/r")),
        ("git@bitbucket.org:ws/repo.git", ("bitbucket", "ws/repo")),
        ("https://me@bitbucket.org/ws/repo.git", ("bitbucket", "ws/repo")),
        ("https://gts.acme.dev/stash/scm/proj/repo.git", ("dc", "PROJ/repo")),
        ("https://gts.acme.dev/stash/scm/~me/repo.git", ("dc", "~me/repo")),
        ("ssh://git@gts.acme.dev:7999/proj/repo.git", ("dc", "PROJ/repo")),
        ("https://org@dev.azure.com/org/project/_git/repo", ("azure", "org/project/repo")),
        ("https://dev.azure.com/org/My%20Project/_git/a%20repo", ("azure", "org/My Project/a repo")),
        ("https://dev.azure.com/org/_git/repo", ("azure", "org/repo/repo")),
        ("https://dev.azure.com/org/project/_git/_optimized/repo", ("azure", "org/project/repo")),
        ("https://org.visualstudio.com/DefaultCollection/project/_git/repo", ("azure", "org/project/repo")),
        ("https://org.visualstudio.com/_git/repo", ("azure", "org/repo/repo")),
        ("git@ssh.dev.azure.com:v3/org/project/repo", ("azure", "org/project/repo")),
        ("ssh://git@ssh.dev.azure.com/v3/org/My%20Project/repo", ("azure", "org/My Project/repo")),
        ("org@vs-ssh.visualstudio.com:v3/org/project/repo", ("azure", "org/project/repo")),
        ("ssh://org@org.visualstudio.com:22/project/_git/repo", ("azure", "org/project/repo")),
        ("https://ado.acme.dev/tfs/Collection/project/_git/repo", ("tfs", "Collection/project/repo")),
        ("ssh://ado.acme.dev:22/tfs/Collection/project/_git/repo", ("tfs", "Collection/project/repo")),
        ("ssh://me@review.acme.dev:29418/tools/build", ("review", "tools/build")),
    ],
)
def test_a_remote_leads_to_its_plugin_and_scope(url: str, expected: tuple[str, str]) -> None:
    assert remote_scope(url, SITES) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/api.git",
        "../api.git",
        "file:///srv/git/api.git",
        "C:\\code\\api",
        "C:/code/api",
        "https://github.com/acme",
        "https://github.com/acme/api/tree/main",
        "https://github.com.evil.dev/acme/api.git",
        "https://github.com:8443/acme/api.git",
        "git@gist.github.com:0a1b.git",
        "https://github.com/acme/..",
        "https://github.com/acme/.git",
        "https://github.com/acme/a%00b",
        "git@github.com:acme/a pi.git",
        "https://dev.azure.com/org/project/repo",
        "https://dev.azure.com/org/project/_git/repo/pullrequest/9",
        "git@ssh.dev.azure.com:v2/org/project/repo",
        "https://git.acme.dev:8443/other/g/p.git",
        "ext::sh -c whoami",
        "git@github.com:" + "a" * 600,
    ],
)
def test_a_remote_of_no_plugin_is_none(url: str) -> None:
    assert remote_scope(url, SITES) is None


def test_azure_organisations_are_told_apart_over_ssh() -> None:
    sites = [Site("one", "azure", "https://dev.azure.com/one"), Site("two", "azure", "https://dev.azure.com/two")]
    assert remote_scope("git@ssh.dev.azure.com:v3/two/p/r", sites) == ("two", "two/p/r")
    assert remote_scope("git@ssh.dev.azure.com:v3/three/p/r", sites) is None


_fragments = st.sampled_from(
    [
        "https://",
        "ssh://",
        "git@",
        "github.com",
        "dev.azure.com",
        ":",
        "/",
        "v3",
        "_git",
        "scm",
        "%2e",
        "..",
        ".git",
        "a",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=50), st.lists(st.one_of(_fragments, st.text(max_size=2)), max_size=12).map("".join)))
def test_no_remote_raises(url: str) -> None:
    found = remote_scope(url, SITES)
    assert found is None or all(found)


def test_a_stand_in_serves_the_clones_of_its_public_host_after_all_others() -> None:
    here = Site("github", "github", "http://127.0.0.1:4000", "https://github.com")
    for url in ("https://github.com/acme/api.git", "git@github.com:acme/api.git", "ssh://git@ssh.github.com:443/acme/api.git"):
        assert remote_scope(url, [here]) == ("github", "acme/api"), url
        assert remote_scope(url, [here, Site("real", "github", "https://github.com")]) == ("real", "acme/api"), url
