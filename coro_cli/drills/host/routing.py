"""The routing table: method and path template to handler."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from coro_cli.drills.host.messages import Request, Response

Handler = Callable[[Request], Response]


class Routes:
    """Routes in the order of their adding. A template is a regular expression in which `{name}` is one segment."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, method: str, template: str, handler: Handler) -> None:
        """`add("GET", "/repos/{owner}/{repo}/pulls", handler)`; the handler finds `owner` in `request.params`."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        self._routes.append((method, re.compile(pattern), handler))

    def find(self, request: Request) -> Handler | None:
        """The handler for this request, its `params` filled in. HEAD is asked as GET.

        The raw path is matched, so that an encoded slash (`group%2Fproject`) stays inside its segment.
        """
        method = "GET" if request.method == "HEAD" else request.method
        for wanted, pattern, handler in self._routes:
            if wanted == method and (match := pattern.fullmatch(request.path)):
                found = match.groupdict().items()
                request.params = {name: unquote(value) for name, value in found if value is not None}
                return handler
        return None
