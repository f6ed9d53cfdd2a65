"""Several questions of one plugin at once: each generator goes on in the caller's thread, only the requests are sent beside one another.

So no plugin has to be safe between threads, and what one part learns (who counts as trusted, say) the next one knows. Two parts
that ask the same at the same time get one answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from coro_cli.errors import CoroError
from coro_cli.plugins.protocol import GATHERED, ODD, Asks, Request, Response, Together, is_of_all, odd

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from coro_cli.plugins.client import Client

Key = tuple[str, str, str]


def gather(client: Client, asked: Together) -> Response:
    """Ask all parts to their end; their outcomes stand in `asked` afterwards."""
    most = min(client.plugin.settings.parallel, len(asked.parts))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=most, thread_name_prefix="ask") as pool:
        _Gathering(client, asked, pool, most).run()
    return GATHERED


class _Gathering:
    """The state of one gathering. waiting: parts with the request they wait for a free lane with; asking: those under way."""

    def __init__(self, client: Client, asked: Together, pool: ThreadPoolExecutor, most: int) -> None:
        self.client, self.asked, self.pool, self.most = client, asked, pool, most
        self.fresh = deque(enumerate(asked.parts))
        self.waiting: deque[tuple[int, Asks[Any], Request]] = deque()
        self.asking: dict[Future[Response], tuple[Client, Key, list[tuple[int, Asks[Any]]]]] = {}
        self.trouble: BaseException | None = None

    def run(self) -> None:
        """Until every part has returned or raised."""
        from concurrent.futures import FIRST_COMPLETED, wait

        while self.fresh or self.waiting or self.asking:
            self._fill()
            if self.asking:
                for done in wait(self.asking, return_when=FIRST_COMPLETED).done:
                    self._take_in(done)

    def _fill(self) -> None:
        """Send what is ready; begin further parts while a lane is free. Nothing is sent any more after a trouble."""
        while len(self.asking) < self.most and (self.waiting or self.fresh):
            if self.waiting:
                place, part, request = self.waiting.popleft()
                self._send(place, part, request)
            else:
                place, part = self.fresh.popleft()
                if self.trouble is None:
                    self._advance(place, part, lambda part=part: next(part))  # type: ignore[misc]
                else:
                    part.close()
                    self.asked.outcomes[place] = self.trouble

    def _send(self, place: int, part: Asks[Any], request: Request) -> None:
        if self.trouble is not None:
            trouble = self.trouble
            self._advance(place, part, lambda: part.throw(trouble))
            return
        key = (request.method, request.path, repr(request.query))
        if request.method == "GET":
            for _, other, parts in self.asking.values():
                if other == key:
                    parts.append((place, part))
                    return
        lane = self.client.lane()
        lane.validators = self.client.validators
        self.asking[self.pool.submit(lane.send, request)] = lane, key, [(place, part)]

    def _take_in(self, done: Future[Response]) -> None:
        lane, _, parts = self.asking.pop(done)
        self.client.settle(lane)
        error = done.exception()
        if error is not None and is_of_all(error):
            self.trouble = self.trouble or error
        for place, part in parts:
            if error is not None:
                self._advance(place, part, lambda part=part: part.throw(error))  # type: ignore[misc]
            else:
                self._advance(place, part, lambda part=part: part.send(done.result()))  # type: ignore[misc]

    def _advance(self, place: int, part: Asks[Any], step: Callable[[], Request]) -> None:
        """One step of a part: its next request, or its end."""
        try:
            self.waiting.append((place, part, step()))
        except StopIteration as stop:
            self.asked.outcomes[place] = stop.value
        except CoroError as error:
            self.asked.outcomes[place] = error
        except ODD as error:
            self.asked.outcomes[place] = odd(error, self.client.plugin.settings.api_url)
