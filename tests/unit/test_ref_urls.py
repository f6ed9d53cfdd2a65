"""Browser URLs of every supported host."""

from __future__ import annotations

import pytest

from coro_cli.domain.parse_ref import Site, parse
from coro_cli.errors import UsageError

PR, ISSUE = "pull_request", "issue"
SITES = [
    Site("github", "github", "https://github.com"),
    Site("ghe", "github", "https://ghe.acme.dev"),
    Site("gitlab", "gitlab", "https://gitlab.com"),
    Site("work", "gitlab", "https://git.acme.dev:8443/gitlab"),
    Site("gitea", "gitea", "http://git.acme.dev:8443/gitea"),
    Site("local", "gitea", "http://[::1]:3000"),
    Site("bitbucket", "bitbucket", "https://bitbucket.org"),
    Site("dc", "bitbucket-dc", "https://gts.acme.dev/stash"),
    Site("azure", "azure", "https://dev.azure.com"),
    Site("tfs", "azure", "https://ado.acme.dev/tfs"),
    Site("coll", "azure", "https://ado2.acme.dev/Coll"),
    Site("jira", "jira", "https://acme.atlassian.net"),
    Site("jira-dc", "jira", "https://acme.dev/jira"),
    Site("linear", "linear", "https://linear.app"),
    Site("redmine", "redmine", "https://acme.dev/redmine"),
    Site("review", "gerrit", "https://review.acme.dev"),
]


@pytest.mark.parametrize(
    ("url", "expected", "family"),
    [
        ("https://github.com/acme/api/pull/42", "github:acme/api#42", PR),
        ("https://github.com/acme/api/pull/42/", "github:acme/api#42", PR),
        ("https://github.com/acme/api/pull/42/files?w=1#diff-0", "github:acme/api#42", PR),
        ("https://github.com/acme/api/pull/42/commits/0a1b", "github:acme/api#42", PR),
        ("https://github.com/acme/api/pull/42#issuecomment-1", "github:acme/api#42", PR),
        ("HTTP://WWW.GitHub.com:443/acme/api/pull/42", "github:acme/api#42", PR),
        ("https://me:secret@github.com./acme/api/pull/42", "github:acme/api#42", PR),
        ("https://github.com/acme/api/issues/42?x=/pull/7", "github:acme/api#42", ISSUE),
        ("https://ghe.acme.dev/acme/api/pull/42", "ghe:acme/api#42", PR),
        ("https://gitlab.com/g/s/p/-/merge_requests/7/diffs#note_1", "gitlab:g/s/p!7", PR),
        ("https://gitlab.com/g/s/p/merge_requests/7", "gitlab:g/s/p!7", PR),
        ("https://gitlab.com/g/issues/-/merge_requests/7", "gitlab:g/issues!7", PR),
        ("https://gitlab.com/g/sub/issues/-/issues/7", "gitlab:g/sub/issues#7", ISSUE),
        ("https://gitlab.com/g/p/-/issues/5", "gitlab:g/p#5", ISSUE),
        ("https://gitlab.com/g/p/issues/5", "gitlab:g/p#5", ISSUE),
        ("https://gitlab.com/g/p/-/issues/incident/5", "gitlab:g/p#5", ISSUE),
        ("https://gitlab.com/g/p/-/work_items/5", "gitlab:g/p#5", ISSUE),
        ("https://git.acme.dev:8443/gitlab/g/s/p/-/merge_requests/7", "work:g/s/p!7", PR),
        ("https://git.acme.dev:8443/gitea/o/r/pulls/3/files", "gitea:o/r#3", PR),
        ("http://git.acme.dev:8443/gitea/o/r/issues/3#issuecomment-2", "gitea:o/r#3", ISSUE),
        ("http://[::1]:3000/o/r/pulls/3", "local:o/r#3", PR),
        ("https://bitbucket.org/ws/repo/pull-requests/9/a-slug/diff", "bitbucket:ws/repo#9", PR),
        ("https://bitbucket.org/brian/test/pull-requests/3/_/diff#comment-4", "bitbucket:brian/test#3", PR),
        ("https://bitbucket.org/%7B0a%7D/%7B1b%7D/pull-requests/3", "bitbucket:{0a}/{1b}#3", PR),
        ("https://gts.acme.dev/stash/projects/PROJ/repos/repo/pull-requests/9/overview", "dc:PROJ/repo#9", PR),
        ("https://gts.acme.dev/stash/projects/~me/repos/repo/pull-requests/9", "dc:~me/repo#9", PR),
        ("https://gts.acme.dev/stash/users/me/repos/repo/pull-requests/9/diff", "dc:~me/repo#9", PR),
        ("https://dev.azure.com/org/project/_git/repo/pullrequest/9?_a=files", "azure:org/project/repo#9", PR),
        ("https://dev.azure.com/org/My%20Project/_git/a%20repo/pullRequest/9", "azure:org/My%20Project/a%20repo#9", PR),
        ("https://me@dev.azure.com/org/_git/repo/pullrequest/9", "azure:org/repo/repo#9", PR),
        ("https://org.visualstudio.com/project/_git/repo/pullrequest/9", "azure:org/project/repo#9", PR),
        ("https://org.visualstudio.com/DefaultCollection/p/_git/r/pullrequest/9", "azure:org/p/r#9", PR),
        ("https://org.visualstudio.com/DefaultCollection/_git/r/pullrequest/1#view=x", "azure:org/r/r#1", PR),
        ("https://ado.acme.dev/tfs/Collection/project/_git/repo/pullrequest/9", "tfs:Collection/project/repo#9", PR),
        ("https://ado.acme.dev/tfs/Collection/_git/repo/pullrequest/9", "tfs:Collection/repo/repo#9", PR),
        ("https://ado2.acme.dev/coll/project/_git/repo/pullrequest/9", "coll:Coll/project/repo#9", PR),
        ("https://ado2.acme.dev/Coll/_git/repo/pullrequest/9", "coll:Coll/repo/repo#9", PR),
        ("https://acme.atlassian.net/browse/PROJ-123?focusedCommentId=1", "jira:PROJ-123", ISSUE),
        ("https://acme.atlassian.net/browse/proj-123", "jira:PROJ-123", ISSUE),
        (
            "https://acme.atlassian.net/jira/software/projects/PROJ/boards/1?view=x&selectedIssue=PROJ-123",
            "jira:PROJ-123",
            ISSUE,
        ),
        ("https://acme.atlassian.net/jira/software/c/projects/PROJ/issues/PROJ-123/", "jira:PROJ-123", ISSUE),
        ("https://acme.dev/jira/projects/X/issues/X-1?filter=all", "jira-dc:X-1", ISSUE),
        ("https://acme.dev/jira/servicedesk/customer/portal/2/HELP-9", "jira-dc:HELP-9", ISSUE),
        ("https://linear.app/ws/issue/ENG-7/some-slug", "linear:ENG-7", ISSUE),
        ("https://linear.app/ws/issue/eng-7#comment-1", "linear:ENG-7", ISSUE),
        ("https://acme.dev/redmine/issues/123#note-4", "redmine:123", ISSUE),
    ],
)
def test_a_browser_url_is_read(url: str, expected: str, family: str) -> None:
    ref = parse(url, SITES)
    assert (str(ref), ref.family) == (expected, family)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://ghe.other.dev/acme/api/pull/42", "github"),
        ("https://git.other.dev/g/p/-/merge_requests/7", "gitlab"),
        ("https://git.other.dev/o/r/pulls/7", "gitea"),
        ("https://bb.other.dev/projects/P/repos/r/pull-requests/7", "bitbucket-dc"),
        ("https://ado.other.dev/Coll/p/_git/r/pullrequest/7", "azure"),
        ("https://jira.other.dev/browse/A-1", "jira"),
        ("https://redmine.other.dev/issues/7", "redmine"),
    ],
)
def test_an_unknown_host_is_named_and_its_kind_guessed(url: str, kind: str) -> None:
    with pytest.raises(UsageError, match=f"no plugin serves `{url.split('/')[2]}`") as caught:
        parse(url, SITES)
    assert caught.value.hint is not None and f'kind = "{kind}"' in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com.evil.dev/acme/api/pull/42",
        "https://github.com@evil.dev/acme/api/pull/42",
        "https://evil.dev/https://github.com/acme/api/pull/42",
        "https://github.com:8443/acme/api/pull/42",
        "https://evilgithub.com/acme/api/pull/42",
        "https://ado.acme.dev/tfs2/Collection/project/_git/repo/pullrequest/9",
    ],
)
def test_a_host_that_only_looks_known_is_not_served(url: str) -> None:
    with pytest.raises(UsageError):
        parse(url, SITES)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com",
        "https://github.com/acme/api",
        "https://github.com/acme/api/pull/",
        "https://github.com/acme/api/pull/007",
        "https://github.com/acme/api/pull/42.diff",
        "https://github.com/acme/api/discussions/3",
        "https://gitlab.com/groups/g/-/epics/3",
        "https://gitlab.com/groups/g/-/work_items/3",
        "https://dev.azure.com/org/project/_git/repo",
        "https://acme.atlassian.net/jira/software/projects/PROJ/boards/1",
        "https://linear.app/ws/project/x",
        "https://acme.dev/redmine/projects/x",
        "https://review.acme.dev/c/tools/+/4",
    ],
)
def test_a_page_that_shows_no_ref_says_what_is_expected(url: str) -> None:
    with pytest.raises(UsageError, match="shows no pull request or issue") as caught:
        parse(url, SITES)
    assert caught.value.hint is not None and "expects" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "ssh://git@github.com/acme/api/pull/42",
        "javascript://github.com/acme/api/pull/42",
        "https://",
        "https:///acme/api/pull/42",
        "https://github.com//acme/api/pull/42",
        "https://github.com/acme/../api/pull/42",
        "https://github.com/acme/%2e%2e/pull/42",
        "https://github.com/acme/a%2fb/pull/42",
        "https://github.com/acme/a%0ab/pull/42",
        "https://github.com/acme/my api/pull/42",
        "https://github.com\\acme\\api\\pull\\42",
        "https://github.com/acme/%ff/pull/42",
        "https://github.com/acme/äpi/pull/42",
        "https://github.com:x/acme/api/pull/42",
        "https://acme.atlassian.net/x?selectedIssue=%ff",
    ],
)
def test_a_malformed_url_is_a_usage_error_with_a_hint(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(url, SITES)
    assert caught.value.hint


def test_a_password_in_a_url_is_not_repeated() -> None:
    for url in ("https://me:s3cret@github.com/acme", "https://me:s3cret@x.dev/a/b/pull/1", "ssh://me:s3cret@x/y"):
        with pytest.raises(UsageError) as caught:
            parse(url, SITES)
        assert "s3cret" not in f"{caught.value.message}{caught.value.hint}"


def test_two_plugins_on_one_root_are_told_apart_by_kind_or_refused() -> None:
    both = [Site("hub", "github", "https://one.dev"), Site("lab", "gitlab", "https://one.dev")]
    assert parse("https://one.dev/a/b/-/merge_requests/1", both).plugin == "lab"
    twins = [Site("hub", "github", "https://one.dev"), Site("bot", "github", "https://one.dev")]
    with pytest.raises(UsageError, match="several plugins serve") as caught:
        parse("https://one.dev/a/b/pull/1", twins)
    assert caught.value.hint is not None and "`bot:a/b#1`" in caught.value.hint


def test_azure_plugins_of_two_organisations_keep_to_their_own() -> None:
    sites = [Site("one", "azure", "https://dev.azure.com/one"), Site("two", "azure", "https://two.visualstudio.com")]
    assert str(parse("https://dev.azure.com/one/p/_git/r/pullrequest/1", sites)) == "one:one/p/r#1"
    assert str(parse("https://one.visualstudio.com/_git/r/pullrequest/1", sites)) == "one:one/r/r#1"
    assert str(parse("https://dev.azure.com/two/p/_git/r/pullrequest/1", sites)) == "two:two/p/r#1"


def test_a_site_with_an_unusable_root_serves_nothing() -> None:
    with pytest.raises(UsageError, match="no plugin serves"):
        parse("https://github.com/a/b/pull/1", [Site("broken", "github", "not a url")])


def test_a_stand_in_reads_the_urls_of_its_public_host_where_nothing_else_serves_it() -> None:
    here = Site("github", "github", "http://127.0.0.1:4000", "https://github.com")
    azure = Site("azure", "azure", "http://localhost:4001", "https://dev.azure.com")
    for text in ("https://github.com/acme/api/pull/42", "http://127.0.0.1:4000/acme/api/pull/42", "github:github.com/acme/api#42"):
        assert str(parse(text, [here, azure])) == "github:acme/api#42", text
    assert str(parse("https://dev.azure.com/org/proj/_git/repo/pullrequest/9", [here, azure])) == "azure:org/proj/repo#9"
    real = Site("real", "github", "https://github.com")
    assert str(parse("https://github.com/acme/api/pull/42", [here, real])) == "real:acme/api#42"
    assert str(parse("http://127.0.0.1:4000/acme/api/pull/42", [here, real])) == "github:acme/api#42"
