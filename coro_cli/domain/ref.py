"""One external object (`github:acme/api#42`): how each kind spells its refs, and the canonical text that is stored and compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from coro_cli.domain.events import ISSUE, PULL_REQUEST
from coro_cli.errors import UsageError, show

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


# One ref and its canonical text, the form in which it is stored, printed and compared.
#
#     github:acme/api#42      scope `acme/api`  mark `#`  number `42`
#     gitlab:group/sub/proj!7 scope `group/sub/proj`, mark `!` (a merge request; an issue has `#`)
#     jira:PROJ-123           scope `PROJ`      mark `-`
#     redmine:123             scope empty       mark empty

# Eighteen digits fit in SQLite's integer; a leading zero would give one object two names.
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
KEY = re.compile(r"((?=[0-9_]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_]{0,63})-([1-9][0-9]{0,17})")
_MARKED = re.compile(r"(.*)([#!])([^#!]*)")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_UNSAFE = re.compile(r"[^\w./~{}@+=,-]")

_MARK_FAMILY = {"!": PULL_REQUEST, "-": ISSUE}


@dataclass(frozen=True, slots=True)
class Site:
    """One configured plugin instance, as far as refs care.

    name: the plugin's name (`work-gitlab`). kind: `github`, `gitlab`, …
    web: the browser root without a trailing slash (`https://git.acme.dev:8443/gitea`); for Azure the root above the
    organisation (`https://dev.azure.com`), one with the organisation also works.
    stands_for: the root of another host whose pages it reads as well, where no site of that host is configured.
    """

    name: str
    kind: str
    web: str
    stands_for: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """What a git checkout says: its plugin, its scope, and the number of the current branch's pull request."""

    plugin: str
    scope: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """One external object. family: `pull_request`, `issue`, or empty while nobody has asked the host yet.

    The family is no part of the identity: GitHub and Gitea number pull requests and issues in one sequence.
    """

    plugin: str
    scope: str
    number: str
    family: str = field(default="", compare=False)
    mark: str = "#"

    def __str__(self) -> str:
        return f"{self.plugin}:{encode(self.scope)}{self.mark}{self.number}"

    @property
    def folded(self) -> str:
        """The canonical text without case, to look up and compare by: every supported host ignores case in a scope."""
        return str(self).casefold()


def canonical(text: str) -> Ref:
    """Read back what `str(ref)` gave, without knowing the plugins. The family is what the mark alone tells.

    Raises UsageError for what no ref prints.
    """
    plugin, colon, rest = text.partition(":")
    parts = split(rest)
    if not (plugin and colon and parts):
        raise UsageError(f"`{show(text)}` is not a ref", hint="a ref looks like `github:acme/api#42`")
    scope, mark, number = parts
    return Ref(plugin, "/".join(segments(scope)) if scope else "", number, _MARK_FAMILY.get(mark, ""), mark)


def split(rest: str) -> tuple[str, str, str] | None:
    """`(scope, mark, number)` of what follows the plugin's name, the scope still encoded; None if it is no ref."""
    if marked := _MARKED.fullmatch(rest):
        scope, mark, number = marked.groups()
        if not NUMBER.fullmatch(number) or (mark == "!" and not scope):
            return None
        return scope, mark if scope else "", number
    if key := KEY.fullmatch(rest):
        return key[1].upper(), "-", key[2]
    return ("", "", rest) if NUMBER.fullmatch(rest) else None


def segments(scope: str) -> list[str]:
    """The decoded segments of an encoded scope or path. Raises UsageError for those that could mean another place."""
    found = [decode(part) for part in scope.split("/")]
    for part in found:
        if part in ("", ".", "..") or part != part.strip() or "/" in part or "\\" in part or not part.isprintable():
            raise UsageError(f"`{show(scope)}` is not a repository's path", hint="leave out empty, `.` and `..` parts")
    return found


def encode(scope: str) -> str:
    """Percent-encode what would end a ref or a shell word; letters of any script stay readable."""
    return _UNSAFE.sub(lambda hit: "".join(f"%{byte:02X}" for byte in hit[0].encode(errors="surrogatepass")), scope)


def decode(text: str) -> str:
    """Undo percent-encoding; a stray `%` stands for itself. Raises UsageError for bytes that are not UTF-8."""
    try:
        return _ESCAPES.sub(lambda hit: bytes.fromhex(hit[0].replace("%", "")).decode(), text)
    except UnicodeDecodeError as error:
        raise UsageError(f"`{show(text)}` is not encoded as UTF-8", hint="type the plain name instead") from error
