"""Reading what hosts answer: times, pages, lists, refusals by status, checks taken together. Pure."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from coro_cli.domain.durations import parse_time
from coro_cli.domain.snapshot import Checks, Snapshot
from coro_cli.errors import Unreachable
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.protocol import (
    Asks,
    Broken,
    Denied,
    Gone,
    Limited,
    Overloaded,
    Request,
    Response,
    items,
    only_here,
    parsed,
    text,
    together,
    want,
)

PAUSE = 60.0


def moment(value: Any) -> float | None:
    """A host's time as epoch seconds, or None where there is none (or nonsense)."""
    if not value:
        return None
    try:
        return parse_time(value)
    except ValueError:
        return None


def instant(value: Any, what: str, url: str) -> float:
    """A time that has to be there; Broken naming URL and field where it is not."""
    found = moment(value)
    if found is None:
        raise Broken(f"{url} answered without a usable `{what}`")
    return found


def next_link(page: Response) -> str:
    """The `rel="next"` of a Link header (RFC 8288), "" on the last page."""
    for link in page.headers.get("link", "").split(","):
        target, _, parameters = link.partition(";")
        if 'rel="next"' in parameters.replace(" ", ""):
            return target.strip().strip("<>")
    return ""


def optional(request: Request) -> Asks[Response | None]:
    """The answer; None where this instance, tier or token has no such thing."""
    try:
        return (yield request)
    except (Gone, Denied) as error:
        only_here(error)
        return None


def every_page(
    request: Request, *, most: int = 200, within: str = "", size: str = "", nullable: bool = False
) -> Asks[list[dict[str, Any]]]:
    """The objects of all pages of a list that is paged by Link headers. Broken for an endless chain.

    within: the field that holds the list, where the answer is an object. size: the parameter that asks for so many a page, of
    hosts where a full one may have a successor though no header tells. nullable: `null` is an empty list.
    """
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    before: bytes | None = None
    for _ in range(most):
        page = yield request
        if page.body == before:
            return found  # a host that does not count its pages after all
        values = want(page.json(), within, list, page.url) if within else _list(page, nullable)
        found += items(values)
        linked = next_link(page)
        onward = linked or counted(page, size, len(values), len(found))
        if not onward:
            return found
        if onward in seen:
            raise Broken(f"{page.url} leads to `{onward}` again and again")
        seen.add(onward)
        before = None if linked else page.body
        request = Request(onward)
    raise Broken(f"{page.url} has more than {most} pages")


def counted(page: Response, size: str, here: int, so_far: int) -> str:
    """The address of the next page where no Link header came: by GitLab's `X-Next-Page`, by Gitea's total, or as the page is full."""
    told = page.headers
    if "link" in told or not here:
        return ""
    parts = urlsplit(page.url)
    query = dict(parse_qsl(parts.query))
    total = next((int(n) for name in ("x-total-count", "x-total") if (n := told.get(name, "")).isdecimal()), None)
    asked = query.get(size, "")
    onward = told.get("x-next-page")
    if onward is None:
        more = so_far < total if total is not None else asked.isdecimal() and here >= int(asked)
        number = query.get("page", "1")
        onward = str(int(number) + 1) if more and number.isdecimal() else ""
    if not onward.isdecimal():
        return ""
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "page"]
    return parts._replace(query=urlencode([*kept, ("page", onward)])).geturl()


def _list(page: Response, nullable: bool) -> list[Any]:
    found = page.json()
    if found is None and nullable:
        return []
    if not isinstance(found, list):
        raise Broken(f"{page.url} answered without a list")
    return found


def refusal(response: Response, now: float, plugin: str) -> Exception | None:
    """What a status means at most hosts: 429 Limited, 401 Denied, 403 Denied here only, 404 Gone, 5xx Overloaded."""
    status, url = response.status, response.url.partition("?")[0]
    if status < 300:
        return None
    after = response.headers.get("retry-after", "")
    if status == 429 or (status == 503 and after):
        pause = float(after) if after.isdigit() else PAUSE
        return Limited(f"{url} asks for a pause of {pause:.0f} s", until=now + pause)
    if status == 401:
        return Denied(f"{url} refuses the token (401)", hint=f"give `{plugin}` a valid one: coro doctor")
    if status == 403:
        return Denied(f"{url} forbids it (403)", hint="the token lacks a permission", whole=False)
    if status in (404, 410):
        return Gone(f"{url} does not exist, or the token may not see it ({status})")
    if status >= 500:
        return Overloaded(f"{url} answered {status}")
    return Broken(f"{url} answered {status}")


# Reading bodies: the parts that must be there, lists of many pages, deliveries, and several objects one after the other.


T = TypeVar("T")
# Who holds a token that the host calls nobody's: no login has a blank.
NAMELESS = "access token"


def field_of(response: Response, name: str, kind: type[T]) -> T:
    """One field of an answer. Raises Broken where it is missing, null or something else."""
    return want(response.json(), name, kind, response.url.partition("?")[0])


def every_value(
    request: Request, *, most: int = 200, pages: list[Response] | None = None,
    enough: Callable[[Sequence[dict[str, Any]]], bool] = lambda found: False,
) -> Asks[list[dict[str, Any]]]:  # fmt: skip
    """The `values` of all pages that are joined by `next`, an address to be used as it is.

    pages: gets the answers themselves. enough: whether what was found will do. Raises Broken for an endless chain (the client,
    for one that leads to another host).
    """
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page = yield request
        if pages is not None:
            pages.append(page)
        found += items(field_of(page, "values", list))
        onward = text(page.json(), "next")
        if not onward or enough(found):
            return found
        request = Request(onward)
    raise Broken(f"{page.url.partition('?')[0]} has more than {most} pages")


def one_by_one(watched: Sequence[Watched], look: Callable[[Watched], Asks[Snapshot]]) -> Asks[Look]:
    """Snapshots of all that can be read; a sentence for each of the others. A refusal of one is none of the others."""
    snapshots: dict[str, Snapshot] = {}
    failed: dict[str, str] = {}
    gone: list[str] = []
    ended: Unreachable | None = None
    outcomes = yield from together([look(one) for one in watched])
    for one, outcome in zip(watched, outcomes, strict=True):
        if isinstance(outcome, Snapshot):
            snapshots[str(one.ref)] = outcome
        elif isinstance(outcome, (Gone, Broken)):
            failed[str(one.ref)] = outcome.message
            gone += [str(one.ref)] if isinstance(outcome, Gone) else []
        elif isinstance(outcome, Unreachable):
            ended = ended or outcome
        else:
            raise outcome
    if ended is not None and not snapshots:
        raise ended
    return Look(snapshots, failed, gone, ended=ended)  # a limit, a host that fails: what was read is good


def named(watched: Watched, look: Asks[Snapshot], hint: str) -> Asks[Snapshot]:
    """The same look, by whose ref what is not there is called: hosts hide what a token may not see behind the same 404."""
    try:
        return (yield from look)
    except Gone as error:
        hint = f"check {hint}, and that the token may read it: coro doctor"
        raise Gone(f"there is no `{watched.ref}`, or the token may not see it", hint=hint) from error


def payload_of(body: bytes, headers: Mapping[str, str] | None = None) -> Any:
    """The JSON object of a delivery, also where it comes in a form (by the headers' content type). Raises Broken."""
    if (headers or {}).get("content-type", "").strip().lower().startswith("application/x-www-form-urlencoded"):
        try:
            body = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10).get("payload", [""])[0].encode()
        except ValueError as error:
            raise Broken("the delivery's form has too many fields") from error
    try:
        found = parsed(body)
    except (ValueError, RecursionError) as error:
        raise Broken("the delivery's body is no JSON") from error
    if not isinstance(found, dict):
        raise Broken("the delivery's body is no JSON object")
    return found


def basic(user: str, token: str) -> str:
    """The `Authorization` of a user and a token."""
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()


# Checks of one commit taken together, whatever the host calls them.


PASSED, FAILED, PENDING = "passed", "failed", "pending"


def rollup(sha: str, verdicts: Iterable[tuple[str, str, float | None]]) -> Checks:
    """One failure decides at once; success needs all of them, and at least one.

    verdicts: (name, `passed failed pending`, when it came to that); of several by one name the newest counts.
    """
    newest: dict[str, tuple[str, float | None]] = {}
    for name, verdict, at in sorted(verdicts, key=lambda each: each[2] or 0.0):
        newest[name] = (verdict, at)
    times = [at for verdict, at in newest.values() if at is not None and verdict == FAILED]
    failing = tuple(sorted(name for name, (verdict, _) in newest.items() if verdict == FAILED))
    if failing:
        return Checks(sha, FAILED, min(times, default=None), failing, len(newest))
    if not newest:
        return Checks(sha, "none")
    if any(verdict == PENDING for verdict, _ in newest.values()):
        return Checks(sha, PENDING, total=len(newest))
    return Checks(sha, PASSED, max((at for _, at in newest.values() if at is not None), default=None), (), len(newest))
