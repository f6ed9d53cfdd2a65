"""The one place that talks to hosts: conditional requests, total deadlines, bounded bodies, redirects that keep the token home.

`drive` runs a plugin's question to its end. Validators of conditional answers are handed out in `news`, to be stored in the
transaction that records what the answers said: stored earlier, a crash would turn an unread change into a 304 for ever.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from coro_cli import __version__
from coro_cli.errors import Unreachable
from coro_cli.plugins import http, site_addresses
from coro_cli.plugins.base import Plugin
from coro_cli.plugins.http import Deadline
from coro_cli.plugins.protocol import ODD, Asks, Broken, Denied, Limited, Overloaded, Request, Response, Together, in_turn, odd

if TYPE_CHECKING:
    import httpx


T = TypeVar("T")
TOTAL_SECONDS = 30.0
REDIRECTS = 5
# The fingerprint of no token at all.
ANONYMOUS = "anonymous"
_ENDLESS = 1e11  # more requests, or a later second, than any host means; NaN is no smaller either


@dataclass(slots=True)
class Tally:
    """What the requests cost: how many, how many answered 304, how much was charged against the host's limit."""

    requests: int = 0
    not_modified: int = 0
    charged: int = 0

    def add(self, other: Tally) -> None:
        """Count what another has counted."""
        self.requests += other.requests
        self.not_modified += other.not_modified
        self.charged += other.charged


@dataclass(slots=True)
class Client:
    """Requests of one plugin. validators: what is stored, by URL. moved: permanent redirects. One thread at a time.

    lanes: further clients of the same plugin, for questions that are asked beside one another.
    """

    plugin: Plugin
    validators: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    total_seconds: float = TOTAL_SECONDS
    body_limit: int = http.LIMIT
    clock: Callable[[], float] = time.time
    tally: Tally = field(default_factory=Tally)
    news: dict[str, tuple[str, str]] = field(default_factory=dict)
    budget: dict[str, float] = field(default_factory=dict)
    skew: float | None = None
    moved: dict[str, str] = field(default_factory=dict)
    deadline: Deadline = field(default_factory=Deadline)
    lanes: list[Client] = field(default_factory=list)
    _http: httpx.Client | None = None
    _is_tls: bool = False

    def drive(self, asks: Asks[T]) -> T:
        """Answer the plugin's requests until it returns. A refusal is raised inside the plugin, which may handle it.

        Whatever a plugin stumbles over in an answer is Broken: text from outside must not end a cycle.
        """
        url = self.plugin.settings.api_url
        try:
            request = next(asks)
            while True:
                try:
                    answer = self._gather(request) if isinstance(request, Together) else self.send(request)
                except Exception as error:
                    request = asks.throw(error)
                else:
                    url = site_addresses.shown(answer.url)
                    request = asks.send(answer)
        except StopIteration as stop:
            value: T = stop.value
            return value
        except ODD as error:
            raise odd(error, url) from error

    def send(self, request: Request) -> Response:
        """One request, redirects followed. Raises what the plugin calls the answer, or Unreachable."""
        url = site_addresses.with_query(self._url(request.path), request.query)
        headers = {"User-Agent": f"coro/{__version__}", "Accept": "application/json", "Accept-Encoding": "gzip"}
        headers |= self.plugin.headers() | dict(request.headers)
        abroad = ""
        for _ in range(REDIRECTS + 1):
            url = self.moved.get(url, url)
            try:
                response = self._once(request, url, headers)
            except Unreachable as error:
                if not abroad:
                    raise
                # Where one answer leads to is not our host, whose other answers may be good.
                raise Broken(f"{site_addresses.shown(abroad)} redirects elsewhere: {error.message}") from error
            target = response.headers.get("location", "")
            if response.status not in (301, 302, 303, 307, 308) or not target:
                return self._judged(request, response) if not abroad else self._from_abroad(request, response, abroad)
            self._count(request, response)
            onward, kept = self._redirected(url, target, headers)
            if kept is not headers:
                # Our host's own word, whatever the other one says: Azure sends a bad token to sign in elsewhere.
                refusal = self.plugin.refusal(response, self.clock())
                if isinstance(refusal, Denied):
                    raise refusal
                abroad = url
            elif request.conditional and response.status in (301, 308):
                self.moved[url] = onward
            if response.status == 303:
                request = replace(request, method="GET", body=None)
            url, headers = onward, kept
        raise Broken(f"{site_addresses.shown(url)} redirects without end")

    def _from_abroad(self, request: Request, response: Response, origin: str) -> Response:
        """What another host says, to which the token does not go, says nothing about our credentials or limits."""
        if response.status >= 300:
            leads = f"{site_addresses.shown(origin)} redirects to {site_addresses.shown(response.url)}"
            raise Broken(f"{leads}, which answered {response.status}")
        self._count(request, response)
        refusal = self.plugin.refusal(response, self.clock())
        if isinstance(refusal, Denied) and refusal.whole:
            raise refusal  # a page of single sign-on in the place of an answer
        return response

    def close(self) -> None:
        """Close the connections."""
        for lane in self.lanes:
            lane.close()
        if self._http is not None:
            self._http.close()
            self._http = None

    def _gather(self, asked: Together) -> Response:
        if len(asked.parts) < 2 or self.plugin.settings.parallel < 2:
            return self.drive(in_turn(asked))
        from coro_cli.plugins.gather import gather  # threads are only started where something is to be read

        return gather(self, asked)

    def lane(self) -> Client:
        """A client with connections of its own for one of several requests at once; `settle` takes in what it learned."""
        if self.lanes:
            return self.lanes.pop()
        return Client(self.plugin, total_seconds=self.total_seconds, body_limit=self.body_limit, clock=self.clock, moved=self.moved)

    def settle(self, lane: Client) -> None:
        """Take in what a lane was told of cost, limits and clock, and keep it for the next."""
        self.tally.add(lane.tally)
        self.news |= lane.news
        self.budget |= lane.budget
        self.skew = self.skew if lane.skew is None else lane.skew
        lane.tally, lane.skew = Tally(), None
        lane.news.clear()
        lane.budget.clear()
        self.lanes.append(lane)

    def _judged(self, request: Request, response: Response) -> Response:
        now = self.clock()
        if response.status != 401:  # a refused token is answered with the limits of a stranger
            self.budget |= {name: value for name, value in self.plugin.budget(response, now).items() if abs(value) < _ENDLESS}
        refusal = None if response.not_modified else self.plugin.refusal(response, now)
        if isinstance(refusal, Limited):
            self.budget["limited_until"] = refusal.until
        if response.status != 401 and not isinstance(refusal, Limited):
            self._count(request, response)
        if refusal is not None and not (request.missing_ok and response.status == 404):
            raise refusal
        return response

    def _count(self, request: Request, response: Response) -> None:
        if response.not_modified:
            self.tally.not_modified += 1
            return
        self.tally.charged += request.weight
        etag, modified = response.headers.get("etag", ""), response.headers.get("last-modified", "")
        if request.conditional and (etag or modified) and response.status == 200:
            self.news[response.url] = (etag, modified)

    def _url(self, path: str) -> str:
        root = self.plugin.settings.api_url.rstrip("/")
        if not path.startswith(("http://", "https://")):
            return root + path
        if not site_addresses.is_home(root, path):
            raise Broken(f"{site_addresses.shown(root)} leads on to {site_addresses.shown(path)}, which is another host")
        return path

    def _redirected(self, url: str, target: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        from coro_cli.plugins.http import httpx

        try:
            new = str(httpx.URL(url).join(target))
        except httpx.InvalidURL as error:
            raise Broken(f"{site_addresses.shown(url)} redirects to what is no address: {error}") from error
        if site_addresses.is_home(url, new):
            return new, headers
        # Another host is not who the token was given to.
        secret = {name.lower() for name in self.plugin.headers()}
        return new, {k: v for k, v in headers.items() if k.lower() not in secret}

    def _once(self, request: Request, url: str, headers: dict[str, str]) -> Response:
        from coro_cli.plugins.http import httpx

        sent = dict(headers)
        if request.conditional and (known := self.validators.get(url)):
            sent |= {name: value for name, value in (("If-None-Match", known[0]), ("If-Modified-Since", known[1])) if value}
        content = None if request.body is None else json.dumps(request.body).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        self.tally.requests += 1
        try:
            with self.deadline.within(self.total_seconds):
                return self._read(request.method, url, sent, content)
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise Broken(f"`{site_addresses.shown(url)}` is no usable address: {error}") from error
        except httpx.HTTPError as error:
            raise self._failure(url, error) from error
        except ValueError as error:
            raise Broken(f"`{site_addresses.shown(url)}` is no usable address: {error}") from error

    def _failure(self, url: str, error: Exception) -> Unreachable:
        if self.deadline.passed:
            self.close()
            return Overloaded(f"{site_addresses.shown(url)} took longer than {self.total_seconds:.0f} seconds")
        said = f"{site_addresses.shown(url)} cannot be reached: {site_addresses.cause(error)}"
        return Overloaded(said) if type(error).__name__ in ("ReadTimeout", "RemoteProtocolError", "ReadError") else Unreachable(said)

    def _read(self, method: str, url: str, headers: dict[str, str], content: bytes | None) -> Response:
        asked, trace = self.clock(), {"trace": self.deadline.trace}
        with self._connections(url).stream(method, url, headers=headers, content=content, extensions=trace) as answer:
            fields = {name.lower(): value for name, value in answer.headers.items()}
            body = http.whole(answer.iter_raw(), fields.get("content-encoding", ""), site_addresses.shown(url), limit=self.body_limit)
            return Response(str(answer.url), answer.status_code, fields, body, self._date(fields, asked))

    def _connections(self, url: str) -> httpx.Client:
        """Reading the certificates that are trusted takes 40 ms: only where they are asked for."""
        import ssl

        from coro_cli.plugins.http import httpx

        is_tls = url.lower().startswith("https:")
        if self._http is None or (is_tls and not self._is_tls):
            self.close()
            trusted = http.anchors(self.plugin.settings.options.get("ca_file")) if is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._http, self._is_tls = httpx.Client(timeout=httpx.Timeout(10.0), follow_redirects=False, verify=trusted), is_tls
        return self._http

    def _date(self, fields: Mapping[str, str], asked: float) -> float:
        """The host's clock. `Date` is cut to the second: while ours fits into it, ours is taken, for its fraction."""
        now = self.clock()
        try:
            told = parsedate_to_datetime(fields["date"]).timestamp()
        except (KeyError, ValueError, TypeError):
            return now
        if told - 1 <= now <= told + 2 or told <= asked + 1 <= told + 2:
            self.skew = 0.0
            return now
        self.skew = told + 0.5 - (asked + now) / 2
        return told


def fingerprint(token: str) -> str:
    """What validators are stored under: they are one token's alone."""
    return hashlib.sha256(token.encode()).hexdigest()[:16] if token else ANONYMOUS
