"""What the refs of each kind look like: which marks, how many path segments, which letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.ref import NUMBER, Ref, Site, encode, segments, split
from coro_cli.domain.showing import show
from coro_cli.errors import UsageError

_NARROW = re.compile(r"[A-Za-z0-9._~{}-]+")
# https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions lists more; these matter to a ref.
_WIDE = re.compile(r'[^:*?"<>|;#]+')


@dataclass(frozen=True, slots=True)
class Shape:
    """example: what follows the plugin's name. address: what follows the site's root in a browser.

    families: mark → family, empty where the host alone can tell. least, most: segments of the scope.
    """

    example: str
    address: str
    families: Mapping[str, str]
    least: int = 2
    most: int = 2
    letters: re.Pattern[str] = _NARROW


_PULLS_ONLY = {"#": PULL_REQUEST}
SHAPES: dict[str, Shape] = {
    "github": Shape("acme/api#42", "/acme/api/pull/42", {"#": ""}),
    "gitea": Shape("acme/api#42", "/acme/api/pulls/42", {"#": ""}),
    "gitlab": Shape("group/proj!7", "/group/proj/-/merge_requests/7", {"!": PULL_REQUEST, "#": ISSUE}, most=30),
    "bitbucket": Shape("acme/api#9", "/acme/api/pull-requests/9", _PULLS_ONLY),
    "bitbucket-dc": Shape("PROJ/repo#9", "/projects/PROJ/repos/repo/pull-requests/9", _PULLS_ONLY),
    "azure": Shape("org/project/repo#9", "/org/project/_git/repo/pullrequest/9", _PULLS_ONLY, 3, 3, _WIDE),
    "jira": Shape("PROJ-123", "/browse/PROJ-123", {"-": ISSUE}, 1, 1),
    "linear": Shape("ENG-7", "/acme/issue/ENG-7", {"-": ISSUE}, 1, 1),
    "redmine": Shape("123", "/issues/123", {"": ISSUE}, 0, 0),
}
# A kind of a third party: any form that canonical text has.
_ANY = Shape("scope#1", "", {"#": "", "!": "", "-": ISSUE, "": ""}, 0, 30, _WIDE)


def shape_of(kind: str) -> Shape:
    """The shape of a kind; a third party's kind may use every form."""
    return SHAPES.get(kind, _ANY)


def read(site: Site, rest: str) -> Ref:
    """The ref of what follows `NAME:`. Raises UsageError that shows what the kind expects."""
    parts = split(rest)
    if parts is None:
        raise misshapen(site, rest)
    scope, mark, number = parts
    return build(site, segments(scope) if scope else [], mark=mark, number=number)


def build(site: Site, scope: list[str], *, mark: str, number: str, family: str = "") -> Ref:
    """A ref of the site from decoded parts, checked against its kind. Raises UsageError."""
    shape = shape_of(site.kind)
    fits = shape.least <= len(scope) <= shape.most and all(shape.letters.fullmatch(part) for part in scope)
    if not fits or mark not in shape.families or not NUMBER.fullmatch(number):
        raise misshapen(site, f"{encode('/'.join(scope))}{mark}{number}")
    return Ref(site.name, "/".join(tidy_scope(site.kind, scope)), number, family or shape.families[mark], mark)


def tidy_scope(kind: str, scope: list[str]) -> list[str]:
    """The host's own spelling: Bitbucket upper-cases project keys, though its clone URLs do not."""
    if kind == "bitbucket-dc" and scope and not scope[0].startswith("~"):
        return [scope[0].upper(), *scope[1:]]
    return scope


def misshapen(site: Site, rest: str) -> UsageError:
    """The error for a ref that the site's kind cannot have."""
    example = shape_of(site.kind).example
    return UsageError(f"`{show(rest)}` is not a ref of `{site.name}`", hint=f"write it like `{site.name}:{example}`")
