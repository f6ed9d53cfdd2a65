"""The host-neutral part of every simulated host: its life, its clock, its request log, the way of one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Self

from coro_cli.drills.host.faults import Fault, Faults
from coro_cli.drills.host.messages import Request, Response, entity_tag, holds
from coro_cli.drills.host.routing import Routes
from coro_cli.errors import TimedOut

if TYPE_CHECKING:
    from coro_cli.drills.host.wire import Wire


Hook = Callable[[Request], object]


class Host:
    """A host on loopback: `with SomeHost() as host: ... host.url`. Subclasses add routes, a guard and headers.

    clock: the host's own clock, seconds since the epoch; `skew` is added to it, so a test may set it an hour off.
    requests: everything that was answered, oldest first. faults: what shall go wrong. offline: refuse by reset.
    lock: held while a request is answered; a model takes the same one, so an answer never shows half a change.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.skew = 0.0
        self.lock = threading.RLock()
        self.requests: list[Request] = []
        self.faults = Faults()
        self.offline = False
        self.routes = Routes()
        self.url = ""
        self._answered = threading.Condition(self.lock)
        self._hooks: list[Hook] = []
        self._closing = threading.Event()
        self._wire: Wire | None = None

    def start(self) -> Self:
        """Listen on a free loopback port; `url` is set from here on."""
        from coro_cli.drills.host.wire import Wire

        self._wire = Wire(self)
        self.url = f"http://127.0.0.1:{self._wire.server_address[1]}"
        threading.Thread(target=self._wire.serve_forever, args=(0.01,), name="simulated-host", daemon=True).start()
        return self

    def close(self) -> None:
        """Stop listening and end all connections."""
        self._closing.set()
        if self._wire:
            self._wire.stop()
            self._wire = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.close()

    def now(self) -> float:
        """The host's present."""
        return self.clock() + self.skew

    def advance(self, seconds: float) -> None:
        """Let the host's clock jump ahead: its stamps have whole seconds, so two events may need one between them."""
        self.skew += seconds

    def before(self, hook: Hook) -> Callable[[], None]:
        """Run `hook(request)` before each request is answered, outside the lock; call what is returned to end it."""
        self._hooks.append(hook)
        return lambda: self._hooks.remove(hook) if hook in self._hooks else None

    def clear(self) -> None:
        """Forget the requests so far."""
        with self.lock:
            self.requests.clear()

    def wait_for(self, predicate: Callable[[Request], bool], timeout: float = 10.0) -> Request:
        """The first request (past or coming) that fits. Raises TimedOut."""
        found: list[Request] = []

        def seen() -> bool:
            found[:] = [request for request in self.requests if predicate(request)]
            return bool(found)

        with self._answered:
            if not self._answered.wait_for(seen, timeout):
                raise TimedOut(f"no such request came within {timeout:g} s")
        return found[0]

    def answer(self, request: Request) -> Response:
        """The whole way of one request: hooks, faults, the model's answer, the log. Called by the wire."""
        for hook in list(self._hooks):
            hook(request)
        fault = self.faults.take(request)
        if fault and fault.seconds:
            self._closing.wait(fault.seconds)
        with self._answered:
            request.at = self.now()
            response = self._respond(request, fault)
            request.status = response.status
            self.requests.append(request)
            self._answered.notify_all()
        return response

    def _respond(self, request: Request, fault: Fault | None) -> Response:
        if fault and fault.instead:
            return fault.instead
        response = self._tagged(request, self.guard(request) or self._handled(request))
        request.charged = self.charge(request, response)
        response = response.plus(self.headers(request, response))
        return fault.change(response) if fault and fault.change else response

    def _handled(self, request: Request) -> Response:
        handler = self.routes.find(request)
        return handler(request) if handler else self.missing(request)

    def _tagged(self, request: Request, response: Response) -> Response:
        response = response.encoded()
        if not response.etag or response.status != 200 or request.method not in ("GET", "HEAD"):
            return response
        tag = entity_tag(response.body, self.salt(request))
        if holds(request, tag):
            return Response(304, b"", {"etag": tag})
        return response.plus({"etag": tag})

    # What a kind of host overrides.

    def guard(self, request: Request) -> Response | None:
        """Refuse before routing: credentials, limits."""
        return None

    def missing(self, request: Request) -> Response:
        """The answer to a path nobody serves."""
        return Response(404, {"message": "Not Found"})

    def salt(self, request: Request) -> str:
        """What else an entity tag depends on (GitHub: the token)."""
        return ""

    def charge(self, request: Request, response: Response) -> int:
        """What the answer costs against the limit."""
        return 0 if response.status == 304 else 1

    def headers(self, request: Request, response: Response) -> Mapping[str, str]:
        """Headers of every answer."""
        return {}
