"""Faults on order: the next so many requests (that fit) go wrong in the way one asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from coro_cli.drills.host.messages import Request, Response

When = Callable[[Request], bool]
HTML = b"<!DOCTYPE html><html><head><title>Unicorn!</title></head><body><p>We had issues.</p></body></html>"


@dataclass(slots=True)
class Fault:
    """One order. instead: answer this and never ask the model. change: ask the model, then spoil its answer."""

    left: int
    when: When | None = None
    seconds: float = 0.0
    instead: Response | None = None
    change: Callable[[Response], Response] | None = None


class Faults:
    """The orders that are still open, oldest first. Each request takes at most one."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []
        self._lock = threading.Lock()

    def next(
        self,
        n: int = 1,
        *,
        status: int = 502,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        when: When | None = None,
    ) -> Fault:
        """Answer the next n requests with this status, whatever they ask."""
        return self._order(Fault(n, when, instead=Response(status, body, headers or {}, etag=False)))

    def html(self, n: int = 1, *, status: int = 200, when: When | None = None) -> Fault:
        """A page for people where JSON was asked for (a proxy, a captive portal, an error page)."""
        return self.next(n, status=status, headers={"content-type": "text/html"}, body=HTML, when=when)

    def delay(self, seconds: float, n: int = 1, *, when: When | None = None) -> Fault:
        """The right answer, late."""
        return self._order(Fault(n, when, seconds=seconds))

    def cut(self, n: int = 1, *, after: int | None = None, when: When | None = None) -> Fault:
        """The connection breaks after so many bytes of the body (default: half of it)."""

        def change(response: Response) -> Response:
            return replace(response, cut=len(response.body) // 2 if after is None else after)

        return self._order(Fault(n, when, change=change))

    def truncate(self, n: int = 1, *, when: When | None = None) -> Fault:
        """Half a body that claims to be whole: valid HTTP, broken JSON."""
        return self._order(Fault(n, when, change=lambda r: replace(r, body=r.body[: len(r.body) // 2])))

    def alter(self, change: Callable[[Response], Response], n: int = 1, *, when: When | None = None) -> Fault:
        """The right answer, changed in any way one likes."""
        return self._order(Fault(n, when, change=change))

    def drop(self, n: int = 1, *, when: When | None = None) -> Fault:
        """Read the request, then close without answering."""
        return self._order(Fault(n, when, instead=Response(0, b"", drop=True)))

    def clear(self) -> None:
        """Forget all open orders."""
        with self._lock:
            self._orders.clear()

    def take(self, request: Request) -> Fault | None:
        """The order this request falls under, counted down; None when all is well."""
        with self._lock:
            for fault in self._orders:
                if fault.when is None or fault.when(request):
                    fault.left -= 1
                    self._orders = [f for f in self._orders if f.left > 0]
                    return fault
        return None

    def _order(self, fault: Fault) -> Fault:
        with self._lock:
            self._orders.append(fault)
        return fault
