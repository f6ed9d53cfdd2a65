"""Refs from hostile or careless hands, and what holds for every ref."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from coro_cli.domain.parse_ref import Here, Ref, Site, canonical, parse
from coro_cli.errors import UsageError

SITES = [
    Site("github", "github", "https://github.com"),
    Site("gitlab", "gitlab", "https://gitlab.com"),
    Site("bitbucket", "bitbucket", "https://bitbucket.org"),
    Site("gitea", "gitea", "https://git.acme.dev:8443/gitea"),
    Site("azure", "azure", "https://dev.azure.com"),
    Site("jira", "jira", "https://acme.atlassian.net"),
    Site("redmine", "redmine", "https://acme.dev/redmine"),
    Site("review", "gerrit", "https://review.acme.dev"),
]
EVERY = [*SITES, Site("ghe", "github", "https://ghe.acme.dev"), Site("linear", "linear", "https://linear.app")]

HOSTILE = [
    "",
    "   ",
    "42",
    "acme/api",
    "github.com/acme/api/pull/42",
    "nope:acme/api#42",
    "github:acme/api",
    "github:acme/api#",
    "github:acme/api#0",
    "github:acme/api#007",
    "github:acme/api#-1",
    "github:acme/api#1e3",
    "github:acme/api#４２",
    "github:acme/api#" + "9" * 19,
    "github:acme/api!42",
    "github:acme#42",
    "github:a/b/c#42",
    "github:acme/../api#42",
    "github:acme/..#42",
    "github:acme/%2e%2e#42",
    "github:acme/a%2Fb#42",
    "github:acme/a%00b#42",
    "github:acme/%ff#42",
    "github:acme//api#42",
    "github:/acme/api#42",
    "github:acme/api/#42",
    "github:acme/my api#42",
    "github:acme/a\x00pi#42",
    "github:acme/a\x1b[31mpi#42",
    "github:acme/a\u202epi#42",
    "github:acme/a\u00a0pi#42",
    "github:acme/äpi#42",
    "github:acme/$(id)#42",
    "github:acme\\api#42",
    "github:#42",
    "gitlab:g!7",
    "gitlab:g/p!7!8",
    "azure:org/repo#9",
    "azure:org/ project/repo#9",
    "azure:org/a:b/repo#9",
    "bitbucket:ws/repo!9",
    "jira:PROJ#123",
    "jira:PROJ-0",
    "jira:12-3",
    "redmine:proj#3",
    "redmine:PROJ-3",
    "review:!3",
    ":a/b#1",
    "://",
    "x" * 501,
    "github:" + "a" * 10_000 + "/b#1",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_wrong_text_is_a_usage_error_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, SITES, here=Here("github", "acme/api", "1"))
    assert caught.value.hint
    said = caught.value.message + caught.value.hint
    assert said.isprintable() and len(said) < 400 and not caught.value.message.endswith(".")


@pytest.mark.parametrize(
    "text", ["", "x", "x:", "x:y", ":a/b#1", "x:a/../b#1", "x:a/b#0", "x:a/b#01", "x:!1", "x:a\x00#1"]
)
def test_canonical_refuses_what_no_ref_prints(text: str) -> None:
    with pytest.raises(UsageError):
        canonical(text)


_number = st.integers(1, 10**18 - 1).map(str)
_narrow = st.text(string.ascii_letters + string.digits + "._~{}-", min_size=1, max_size=12).filter(
    lambda s: s not in (".", "..")
)
_wide = st.text(min_size=1, max_size=12).filter(
    lambda s: s.isprintable() and s == s.strip() and not set(s) & set('/\\:*?"<>|;#') and s not in (".", "..")
)
_key = st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True)


def _scopes(part: st.SearchStrategy[str], least: int, most: int) -> st.SearchStrategy[str]:
    return st.lists(part, min_size=least, max_size=most).map("/".join)


_refs = st.one_of(
    st.builds(Ref, st.sampled_from(["github", "gitea", "bitbucket"]), _scopes(_narrow, 2, 2), _number),
    st.builds(Ref, st.just("gitlab"), _scopes(_narrow, 2, 5), _number, mark=st.sampled_from("#!")),
    st.builds(Ref, st.just("azure"), _scopes(_wide, 3, 3), _number),
    st.builds(Ref, st.just("review"), _scopes(_wide, 1, 4), _number, mark=st.sampled_from("#!")),
    st.builds(Ref, st.just("jira"), _key, _number, mark=st.just("-")),
    st.builds(Ref, st.just("redmine"), st.just(""), _number, mark=st.just("")),
)


@settings(deadline=None)
@given(_refs)
@example(Ref("azure", "org/a%20b/c d!", "1"))
def test_canonical_text_comes_back_as_the_same_ref(ref: Ref) -> None:
    text = str(ref)
    assert canonical(text) == ref
    assert str(canonical(text)) == text
    assert text.isprintable() and " " not in text


@settings(deadline=None)
@given(_refs)
def test_what_coro_prints_coro_reads(ref: Ref) -> None:
    text = str(ref)
    assume(len(text) <= 500)
    head = ref.scope.partition("/")[0]
    assume(ref.plugin != "gitlab" or not head.startswith(("git", "code", "scm", "src", "source", "www")))
    assert parse(text, SITES) == ref


_fragments = st.sampled_from(
    [
        *(
            "github:",
            "gitlab:",
            "azure:",
            "jira:",
            "redmine:",
            "review:",
            "acme",
            "/",
            "api",
            "#",
            "!",
            "42",
            "0",
            "-",
            ".",
        ),
        *(
            "..",
            "%20",
            "%2F",
            "%00",
            "%",
            ":",
            "@",
            "?",
            "&",
            "=",
            "\\",
            "`",
            "https://",
            "http://",
            "github.com",
            "pull",
        ),
        *("gitlab.com", "dev.azure.com", "org.visualstudio.com", "acme.dev/redmine", "linear.app", "pulls", "issues"),
        *(
            "_git",
            "pullrequest",
            "merge_requests",
            "browse",
            "PROJ-1",
            "selectedIssue=",
            "[::1]",
            ":443",
            ":99999",
            "-/",
        ),
        *("projects", "users", "repos", "1", "４", "é", "\u202e"),
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.one_of(_fragments, st.text(max_size=2)), max_size=14).map("".join)))
def test_any_text_is_a_ref_or_a_usage_error(text: str) -> None:
    try:
        ref = parse(text, EVERY, here=Here("github", "acme/api"))
    except UsageError as error:
        assert error.hint and (error.message + error.hint).isprintable()
    else:
        assert canonical(str(ref)) == ref
