"""One ref and its canonical text, the form in which it is stored, printed and compared.

    github:acme/api#42      scope `acme/api`  mark `#`  number `42`
    gitlab:group/sub/proj!7 scope `group/sub/proj`, mark `!` (a merge request; an issue has `#`)
    jira:PROJ-123           scope `PROJ`      mark `-`
    redmine:123             scope empty       mark empty

A scope holds decoded text (`org/My Project/repo`); only its canonical text is percent-encoded
(`azure:org/My%20Project/repo#9`), so that a printed ref is always one shell word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.showing import show
from coro_cli.errors import UsageError

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
