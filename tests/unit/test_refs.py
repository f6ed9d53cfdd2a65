"""Refs as typed, and their canonical text."""

from __future__ import annotations

import pytest

from coro_cli.domain.parse_ref import Here, Ref, Site, canonical, parse
from coro_cli.errors import UsageError

GITHUB = Site("github", "github", "https://github.com")
GHE = Site("ghe", "github", "https://ghe.acme.dev")
GITLAB = Site("gitlab", "gitlab", "https://gitlab.com")
WORK = Site("work-gitlab", "gitlab", "https://git.acme.dev:8443/gitlab")
BITBUCKET = Site("bitbucket", "bitbucket", "https://bitbucket.org")
DC = Site("bitbucket-dc", "bitbucket-dc", "https://host.acme.dev/stash")
GITEA = Site("gitea", "gitea", "https://git.acme.dev:8443/gitea")
AZURE = Site("azure", "azure", "https://dev.azure.com")
JIRA = Site("jira", "jira", "https://acme.atlassian.net")
LINEAR = Site("linear", "linear", "https://linear.app")
REDMINE = Site("redmine", "redmine", "https://acme.dev/redmine")
GERRIT = Site("review", "gerrit", "https://review.acme.dev")
SITES = [GITHUB, GITLAB, BITBUCKET, DC, GITEA, AZURE, JIRA, REDMINE, GERRIT]
EVERY = [*SITES, GHE, WORK, LINEAR]

PR, ISSUE = "pull_request", "issue"


@pytest.mark.parametrize(
    ("text", "expected", "family"),
    [
        ("github:acme/api#42", "github:acme/api#42", ""),
        ("  github:acme/api#42\n", "github:acme/api#42", ""),
        ("GitHub:Acme/API#42", "github:Acme/API#42", ""),
        ("github:acme_corp/.github#1", "github:acme_corp/.github#1", ""),
        ("gitlab:group/sub/proj!7", "gitlab:group/sub/proj!7", PR),
        ("gitlab:g/p#5", "gitlab:g/p#5", ISSUE),
        ("gitlab:com.acme.apps/x/y!7", "gitlab:com.acme.apps/x/y!7", PR),
        ("gitea:o/r#3", "gitea:o/r#3", ""),
        ("bitbucket:ws/repo#9", "bitbucket:ws/repo#9", PR),
        ("bitbucket-dc:PROJ/repo#9", "bitbucket-dc:PROJ/repo#9", PR),
        ("bitbucket-dc:proj/repo#9", "bitbucket-dc:PROJ/repo#9", PR),
        ("bitbucket-dc:~name/repo#9", "bitbucket-dc:~name/repo#9", PR),
        ("azure:org/project/repo#9", "azure:org/project/repo#9", PR),
        ("azure:org/My Project/repo#9", "azure:org/My%20Project/repo#9", PR),
        ("azure:org/My%20Project/repo#9", "azure:org/My%20Project/repo#9", PR),
        ("azure:org/100%/Größe#9", "azure:org/100%25/Größe#9", PR),
        ("jira:PROJ-123", "jira:PROJ-123", ISSUE),
        ("jira:proj_2-123", "jira:PROJ_2-123", ISSUE),
        ("redmine:123", "redmine:123", ISSUE),
        ("redmine:#123", "redmine:123", ISSUE),
        ("review:tools/build#4", "review:tools/build#4", ""),
        ("gerrit:tools#4", "review:tools#4", ""),
        ("review:ABC-4", "review:ABC-4", ISSUE),
        ("acme/api#42", "github:acme/api#42", ""),
        ("group/sub/proj!7", "gitlab:group/sub/proj!7", PR),
        ("proj-123", "jira:PROJ-123", ISSUE),
    ],
)
def test_a_ref_is_read_as_typed(text: str, expected: str, family: str) -> None:
    ref = parse(text, SITES)
    assert (str(ref), ref.family) == (expected, family)
    assert canonical(expected) == ref
    assert parse(expected, SITES) == ref


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("github:ghe.acme.dev/acme/api#42", "ghe:acme/api#42"),
        ("github:GHE.acme.dev:443/acme/api#42", "ghe:acme/api#42"),
        ("github:www.github.com/acme/api#42", "github:acme/api#42"),
        ("gitlab:git.acme.dev:8443/gitlab/g/s/p!7", "work-gitlab:g/s/p!7"),
        ("gitlab:git.acme.dev:8443/g/s/p!7", "work-gitlab:g/s/p!7"),
        ("gitlab:gitlab.com/g/p#7", "gitlab:g/p#7"),
        ("azure:dev.azure.com/org/My%20Project/repo#9", "azure:org/My%20Project/repo#9"),
        ("redmine:acme.dev/redmine/12", "redmine:12"),
        ("redmine:acme.dev/12", "redmine:12"),
        ("jira:acme.atlassian.net/PROJ-1", "jira:PROJ-1"),
    ],
)
def test_a_host_after_the_kind_chooses_the_plugin(text: str, expected: str) -> None:
    assert str(parse(text, EVERY)) == expected


def test_the_longest_root_wins_and_an_empty_root_beats_one_that_was_left_out() -> None:
    sites = [Site("top", "gitea", "https://acme.dev"), Site("deep", "gitea", "https://acme.dev/gitea")]
    assert parse("gitea:acme.dev/gitea/o/r#1", sites).plugin == "deep"
    assert parse("gitea:acme.dev/o/r#1", sites).plugin == "top"


def test_an_azure_root_with_the_organisation_keeps_it_in_the_scope() -> None:
    site = Site("azure", "azure", "https://dev.azure.com/org")
    assert parse("azure:dev.azure.com/org/project/repo#9", [site]).scope == "org/project/repo"
    assert parse("azure:org/project/repo#9", [site]).scope == "org/project/repo"


def test_a_kind_stands_for_its_only_plugin_and_a_name_goes_before_a_kind() -> None:
    assert parse("gitlab:g/p!1", [WORK]).plugin == "work-gitlab"
    assert parse("github:a/b#1", [GHE, GITHUB]).plugin == "github"


def test_a_kind_with_several_plugins_is_refused_with_their_names() -> None:
    with pytest.raises(UsageError, match="several `gitlab` plugins") as caught:
        parse("gitlab:g/p!1", [WORK, Site("home", "gitlab", "https://gitlab.com")])
    assert caught.value.hint is not None and "`work-gitlab:" in caught.value.hint and "`home:" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["github:ghe.other.dev/acme/api#42", "gitlab:gitlab.other.dev/g/p#1", "gitlab:x:8443/g#1", "jira:jira.x/A-1"],
)
def test_an_unknown_host_is_refused_with_the_lines_that_would_add_it(text: str) -> None:
    with pytest.raises(UsageError, match="no plugin serves") as caught:
        parse(text, SITES)
    assert caught.value.hint is not None and "[plugins.NAME]" in caught.value.hint and "kind = " in caught.value.hint


@pytest.mark.parametrize(
    ("text", "here", "expected", "family"),
    [
        ("#42", Here("github", "acme/api"), "github:acme/api#42", ""),
        (".", Here("github", "acme/api", "8"), "github:acme/api#8", PR),
        ("!7", Here("gitlab", "g/s/p"), "gitlab:g/s/p!7", PR),
        ("#7", Here("gitlab", "g/s/p"), "gitlab:g/s/p#7", ISSUE),
        (".", Here("gitlab", "g/s/p", "7"), "gitlab:g/s/p!7", PR),
        ("#9", Here("azure", "org/My Project/repo"), "azure:org/My%20Project/repo#9", PR),
    ],
)
def test_a_checkout_completes_a_short_ref(text: str, here: Here, expected: str, family: str) -> None:
    ref = parse(text, SITES, here=here)
    assert (str(ref), ref.family) == (expected, family)


@pytest.mark.parametrize(
    ("text", "here", "says"),
    [
        ("#42", None, "needs a git checkout"),
        (".", None, "needs a git checkout"),
        (".", Here("github", "acme/api"), "has no pull request"),
        ("!7", Here("github", "acme/api"), "not a ref of `github`"),
        ("#x", Here("github", "acme/api"), "not a ref of `github`"),
        ("#1", Here("gone", "acme/api"), "no plugin `gone`"),
    ],
)
def test_a_short_ref_without_its_context_is_refused(text: str, here: Here | None, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        parse(text, SITES, here=here)
    assert caught.value.hint


def test_a_bare_text_is_refused_where_several_plugins_could_be_meant() -> None:
    for text, sites in (("acme/api#42", [GITHUB, GHE]), ("ENG-7", [JIRA, LINEAR]), ("ENG-7", [GITHUB])):
        with pytest.raises(UsageError, match="does not say on which plugin"):
            parse(text, sites)


def test_the_family_is_no_part_of_the_identity() -> None:
    known, unknown = Ref("github", "a/b", "1", PR), Ref("github", "a/b", "1")
    assert known == unknown
    assert len({known, unknown}) == 1
    assert Ref("gitlab", "a/b", "1", mark="!") != Ref("gitlab", "a/b", "1", mark="#")


def test_the_folded_text_ignores_case() -> None:
    assert parse("github:Acme/API#42", SITES).folded == parse("github:acme/api#42", SITES).folded
