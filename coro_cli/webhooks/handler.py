"""One request at the local receiver: admitted, read, judged, written to the disk, answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from coro_cli.system import paths
from coro_cli.webhooks import http1, policy
from coro_cli.webhooks.delivery_log import Intake, Kept
from coro_cli.webhooks.endpoints import Door, Doors
from coro_cli.webhooks.http1 import Broke
from coro_cli.webhooks.policy import Answer, Limits, Rates, Route, Taken
from coro_cli.webhooks.saved_request import BadRequest, Head

Tell = Callable[[str, dict[str, Any]], None]
# A MAC over more than this would hold up the others.
LARGE = 512 * 1024


@dataclass(slots=True)
class Desk:
    """Answers requests. stored: called with the rows of each commit. tell: where refusals and troubles are said.

    proxy: the address of a reverse proxy whose `X-Forwarded-For` is believed, "" for none.
    """

    home: paths.Home
    stored: Callable[[Sequence[int]], None]
    tell: Tell
    limits: Limits
    proxy: str = ""
    doors: Doors = field(init=False)
    intake: Intake = field(init=False)
    _rates: Rates = field(init=False)
    _lines: Rates = field(default_factory=lambda: Rates(rate=5.0, burst=100.0))
    _unsaid: int = 0
    _buffered: int = 0
    _trouble: str = ""
    _loop: asyncio.AbstractEventLoop | None = None

    def __post_init__(self) -> None:
        self.doors, self._rates = Doors(self.home), Rates(self.limits.rate, self.limits.burst)
        self.intake = Intake(self.home.store, self._settled)

    def opened(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop that the answers are given in."""
        self._loop = loop

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: Head) -> bool:
        """Answer one request; True where the connection may go on."""
        peer = self._peer(writer, head)
        if not self._rates.allow(peer, time.monotonic()):
            return await self.refuse(reader, writer, policy.busy(), head, peer)
        if head.path in policy.HEALTH:
            keep = http1.keeps(head) and not http1.has_body(head)
            http1.send(writer, self._health(head), keep=keep, bare=head.method == "HEAD")
            return keep
        admitted = self._admit(head)
        if isinstance(admitted, Answer):
            return await self.refuse(reader, writer, admitted, head, peer)
        return await self._delivery(reader, writer, head, peer, admitted)

    async def refuse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer, head: Head | None = None, peer: str = ""
    ) -> bool:
        """Answer without having read the body, and end the connection."""
        self._say(answer, head, peer)
        http1.send(writer, answer, keep=False, bare=head is not None and head.method == "HEAD")
        await http1.linger(reader, writer)
        return False

    def _peer(self, writer: asyncio.StreamWriter, head: Head) -> str:
        peer = str((writer.get_extra_info("peername") or ("?",))[0])
        if self.proxy and peer == self.proxy:
            said = [value for name, value in head.fields if name.lower() == "x-forwarded-for"]
            return said[-1].rpartition(",")[2].strip()[:64] if said else peer
        return peer

    def _health(self, head: Head) -> Answer:
        if head.method not in ("GET", "HEAD"):
            return policy.refusal(405, "method", "the health page is read", headers=(("Allow", "GET, HEAD"),))
        if self._trouble:
            return policy.refusal(503, "not-stored", "deliveries cannot be stored")
        return Answer(200, {"status": "ok"})

    def _admit(self, head: Head) -> tuple[Route, Door, int | None] | Answer:
        """What can be refused before the body is read."""
        route = policy.route(head.method, head.path)
        if isinstance(route, Answer):
            return route
        door = self.doors.find(route.plugin)
        if door is None:
            return policy.unknown()
        try:
            size = http1.size(head)
        except BadRequest as error:
            return policy.refusal(400, "bad-request", str(error))
        return policy.admissible(head.fields, size, self.limits.body) or (route, door, size)

    async def _delivery(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: Head, peer: str, admitted: tuple[Route, Door, int | None]
    ) -> bool:
        route, door, size = admitted
        share = Share(self)
        try:
            http1.go_on(writer, head)
            body = await http1.body(reader, size, self.limits.body, self.limits.body_seconds, share.take)
            answer = await self._answer(route, door, head, body)
        except Broke as broke:
            return await self.refuse(reader, writer, broke.answer, head, peer)
        finally:
            share.give_back()
        if answer.status >= 400:
            self._say(answer, head, peer)
        http1.send(writer, answer, keep=http1.keeps(head))
        return http1.keeps(head)

    async def _answer(self, route: Route, door: Door, head: Head, body: bytes) -> Answer:
        def judge() -> Taken | Answer:
            return policy.judge(route, door.descriptor, door.secrets, head.fields, body, now=time.time())

        judged = await asyncio.to_thread(judge) if len(body) > LARGE else judge()
        if isinstance(judged, Answer):
            return judged
        ticket: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        if not self.intake.submit(ticket, judged):
            return policy.busy()
        try:
            kept = await asyncio.wait_for(ticket, self.limits.answer)
        except TimeoutError:
            return policy.full("the disk is too slow")
        return policy.full(kept.trouble) if kept.trouble else policy.accepted(judged.delivery, known=kept.known)

    def _settled(self, settled: Sequence[tuple[Any, Kept]]) -> None:
        """Called by the writer's thread, once a commit."""
        self._trouble = next((kept.trouble for _, kept in settled if kept.trouble), "")
        assert self._loop is not None  # nothing is handed in before the loop runs
        try:
            self._loop.call_soon_threadsafe(_resolve, settled)
        except RuntimeError:
            pass  # the loop has ended: the rows are on the disk, nobody waits for the answer
        ids = [kept.id for _, kept in settled if not kept.trouble]
        if ids:
            self.stored(ids)

    def _say(self, answer: Answer, head: Head | None, peer: str) -> None:
        """A line for the operator; in a flood of refusals only some, with how many were left out."""
        if not self._lines.allow("", time.monotonic()):
            self._unsaid += 1
            return
        plugin = head.path[len(policy.ROOT) :].partition("/")[0][:64] if head is not None and head.path.startswith(policy.ROOT) else ""
        facts: dict[str, Any] = {"status": answer.status, "plugin": plugin, "reason": answer.reason, "advice": answer.advice, "peer": peer}
        facts["more"], self._unsaid = self._unsaid, 0
        self.tell("refused", facts)

    def take(self, size: int) -> bool:
        """Room for so many bytes more of bodies that are being received; False where there is none."""
        if self._buffered + size > self.limits.buffered:
            return False
        self._buffered += size
        return True

    def give_back(self, size: int) -> None:
        """They have been dealt with."""
        self._buffered -= size


@dataclass(slots=True)
class Share:
    """What one body takes of the room. Only bytes that came count: to announce a large body takes nothing."""

    desk: Desk
    taken: int = 0

    def take(self, size: int) -> bool:
        """Room for the next bytes."""
        if not self.desk.take(size):
            return False
        self.taken += size
        return True

    def give_back(self) -> None:
        """The body is gone."""
        self.desk.give_back(self.taken)
        self.taken = 0


def _resolve(settled: Sequence[tuple[Any, Kept]]) -> None:
    for ticket, kept in settled:
        if not ticket.done():
            ticket.set_result(kept)
