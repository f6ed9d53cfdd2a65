"""Refs as people write them. Every wrong text is a UsageError with a sentence and a hint.

    form                              means
    --------------------------------  ------------------------------------------------------------------------------
    NAME:SCOPE#N  NAME:SCOPE!N        NAME is a plugin, or a kind of which there is exactly one plugin
    jira:PROJ-123  redmine:123        an issue of a tracker; keys in any case
    KIND:HOST[:PORT]/SCOPE#N          the plugin of that kind on that host
    https://HOST/…                    the browser URL of a pull request or issue; tabs, query and anchor do not matter
    acme/api#42  group/proj!7         `#`: the only GitHub plugin, `!`: the only GitLab plugin
    PROJ-123                          the only Jira or Linear plugin
    #42  !7                           in a git checkout: that number in its repository
    .                                 in a git checkout: the pull request of the current branch

`!` is a GitLab merge request, `#` a GitLab issue. On Bitbucket and Azure `#` is a pull request, on GitHub and Gitea the
host decides. A number has no leading zeros. A scope may be percent-encoded. Case is kept as typed (keys of Jira, Linear
and Bitbucket projects become upper case); compare by `Ref.folded`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from coro_cli.domain.addresses import authority, from_url, root, roots, unknown_host
from coro_cli.domain.events import PULL_REQUEST
from coro_cli.domain.ref import SHAPES, Here, Ref, Site, build, canonical, read, shape_of, split
from coro_cli.domain.remotes import remote_scope
from coro_cli.errors import LONGEST, UsageError, nearest, show

__all__ = ["Here", "Ref", "Site", "canonical", "parse", "remote_scope"]

_HINT = "paste its browser URL, with `https://`, or write it like `github:acme/api#42`"
# GitLab allows dots in a group's name and groups within groups, so only such a first label tells a host from a group.
_LIKE_HOST = re.compile(r"(git\w*|code|scm|source|src|www)\.", re.IGNORECASE)


def parse(text: str, sites: Sequence[Site], *, here: Here | None = None) -> Ref:
    """Read one ref as typed. Raises UsageError."""
    text = _bounded(text)
    if text == "." or text[0] in "#!":
        return _in_checkout(text, sites, here)
    if "://" in text:
        return from_url(text, sites)
    prefix, colon, rest = text.partition(":")
    if not colon:
        return _bare(text, sites)
    site, rest = _on_host(prefix, rest, sites) or (_named(prefix, sites), rest)
    return read(site, rest)


def _bounded(text: str) -> str:
    if len(text) > LONGEST:
        raise UsageError(f"a ref has at most {LONGEST} characters, this has {len(text)}", hint=_HINT)
    text = text.strip()
    if not text or not text.isprintable():
        raise UsageError(f"`{show(text)}` is not a ref" if text else "a ref is missing", hint=_HINT)
    return text


def _in_checkout(text: str, sites: Sequence[Site], here: Here | None) -> Ref:
    if here is None:
        raise UsageError(f"`{show(text)}` needs a git checkout of a configured host", hint=_HINT)
    site = _named(here.plugin, sites)
    scope = here.scope.split("/")
    if text != ".":
        return build(site, scope, mark=text[0], number=text[1:])
    if here.number is None:
        raise UsageError("the current branch has no pull request", hint="open one, or name it: `#42`")
    mark = "!" if "!" in shape_of(site.kind).families else "#"
    return build(site, scope, mark=mark, number=here.number, family=PULL_REQUEST)


def _bare(text: str, sites: Sequence[Site]) -> Ref:
    parts = split(text)
    if parts is None or not parts[0]:
        raise UsageError(f"`{show(text)}` is not a ref", hint=_HINT)
    kinds = {"-": ("jira", "linear"), "!": ("gitlab",)}.get(parts[1], ("github",))
    able = [site for site in sites if site.kind in kinds]
    if len(able) != 1:
        raise UsageError(f"`{show(text)}` does not say on which plugin", hint=_choices(text, able))
    return read(able[0], text)


def _named(prefix: str, sites: Sequence[Site]) -> Site:
    """The plugin of that name, else the only one of that kind."""
    wanted = prefix.lower()
    exact = [site for site in sites if site.name == prefix] or [site for site in sites if site.name.lower() == wanted]
    able = exact[:1] or [site for site in sites if site.kind == wanted]
    if len(able) == 1:
        return able[0]
    if able:
        raise UsageError(f"there are several `{wanted}` plugins", hint=_choices("…", able))
    raise UsageError(f"there is no plugin `{show(prefix)}`", hint=_other_plugin(wanted, sites))


def _other_plugin(wanted: str, sites: Sequence[Site]) -> str:
    """What was probably meant instead of a plugin that is not there."""
    if wanted in SHAPES:
        return f"add `[plugins.{wanted}]` with its `api_url`: coro guide configuration"
    near = nearest(wanted, [site.name for site in sites])
    names = ", ".join(f"`{site.name}`" for site in sites) or "none"
    return f"did you mean `{near}`?" if near else f"configured: {names}; add `[plugins.NAME]` for another"


def _on_host(prefix: str, rest: str, sites: Sequence[Site]) -> tuple[Site, str] | None:
    """The plugin and the rest of `KIND:HOST[:PORT][/ROOT]/SCOPE#N`; None if no host is named. Raises UsageError."""
    head, slash, tail = rest.partition("/")
    able = [site for site in sites if prefix.lower() in (site.kind, site.name.lower())]
    if not slash or not able:
        return None
    host = authority(*head.partition(":")[::2])
    there = [(site, *_below(site, tail)) for site in able if root(site).host == host]
    best = max((depth for _, depth, _ in there), default=0)
    there = [found for found in there if found[1] == best]
    there = there or [(site, 0, tail) for site, base in roots(able)[1] if base.host == host]
    if len(there) > 1:
        raise UsageError(f"several plugins serve `{show(host)}`", hint=_choices(tail, [site for site, _, _ in there]))
    if there:
        return there[0][0], there[0][2]
    if _names_host(able[0], head, rest):
        raise unknown_host(head, able, able[0].kind)
    return None


def _below(site: Site, tail: str) -> tuple[int, str]:
    """How much of the site's root the tail begins with (-1: it leaves the root out), and the tail without it.

    The root of an Azure site may name the organisation, which belongs to the scope and stays.
    """
    base, parts = [part.lower() for part in root(site).path], tail.split("/")
    if [part.lower() for part in parts[: len(base)]] != base:
        return -1, tail
    keep = site.kind == "azure" and len(parts) == shape_of(site.kind).most
    return len(base), tail if keep else "/".join(parts[len(base) :])


def _names_host(site: Site, head: str, rest: str) -> bool:
    shape = shape_of(site.kind)
    deeper = rest.count("/") >= max(shape.most, 1)
    within_groups = site.kind == "gitlab" and rest.count("/") > 1
    return ":" in head or ("." in head and (deeper or (within_groups and bool(_LIKE_HOST.match(head)))))


def _choices(text: str, sites: Sequence[Site]) -> str:
    names = " or ".join(f"`{site.name}:{show(text)}`" for site in sites[:6])
    return f"say which one: {names}" if names else _HINT
