"""The runner's end of the relay: a thread of its own that connects outward, again and again, for as long as the runner runs.

A frame is acknowledged after it is on the disk. What the edge did not hear of comes again, and is found to be there.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coro_cli import config, edge
from coro_cli.edge import frames, pairing
from coro_cli.edge.runner_inbox import Orders, Tell, taken, watching
from coro_cli.errors import ConfigError, CoroError
from coro_cli.runner.poller import Pollster
from coro_cli.running import doorbell
from coro_cli.store.database import Database
from coro_cli.system import paths
from coro_cli.system.crash_points import reach
from coro_cli.webhooks.delivery_log import Intake, Kept
from coro_cli.webhooks.worker import Worker

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection


FIRST, LONGEST = 1.0, 30.0
REFUSED = 60.0
# A connection that held so long was a good one: the next is tried as soon as the first was.
STEADY = 10.0
HEARTBEAT = 30.0
LOOK = 1.0
# 25 MB of body as base64, and room for its headers.
LARGEST = 40 * 1024 * 1024
# While the relay brings the news: so many times the interval, at most this.
SLOWER, SLOWEST = 5.0, 600.0
_ORDERS = ("event:resume", "event:message", "event:cancel")


@dataclass(slots=True)
class Link:
    """One runner's relay. changed: called with True when it is connected, with False when it no longer is."""

    home: paths.Home
    tell: Tell
    changed: Callable[[bool], None]
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _intake: Intake | None = None
    _worker: Worker | None = None
    _began: float = field(default_factory=time.monotonic)
    _said: str = ""
    _socket: Any = None

    def start(self) -> None:
        """Begin. Without a [cloud] block it waits for one."""
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leave. What was received and not yet acknowledged comes again."""
        self._stop.set()
        if self._socket is not None:
            threading.Thread(target=self._socket.close, daemon=True).start()
        if self._thread is not None:
            self._thread.join(3)
        for part in (self._intake, self._worker):
            if part is not None:
                part.close() if isinstance(part, Intake) else part.stop()

    def _run(self) -> None:
        with Database(self.home.store) as db:
            pause = FIRST
            while not self._stop.is_set():
                pause = self._round(db, pause)

    def _round(self, db: Database, pause: float) -> float:
        """One connection, from before it is there to its end. Returns the pause to begin the next one with."""
        began, mark = time.monotonic(), config.mark(self.home)
        try:
            settings = config.load(self.home)
            if not settings.cloud.get("url"):
                if self._said:
                    self._say(db, "")  # it was taken out of config.toml: there is no relay any more
                self._stop.wait(LOOK * 5)
                return FIRST
            edge.need(edge.RUNNER)
            self._ready()
            why, wait = self._connect(db, settings, mark), pause
        except CoroError as error:
            why, wait = error.message, REFUSED if isinstance(error, ConfigError) else pause
        except Exception as error:  # whatever one connection dies of, there has to be a next one
            why, wait = f"{type(error).__name__}", pause
        self._lost(db, why)
        wait = FIRST if time.monotonic() - began > STEADY and wait != REFUSED else wait
        # Half of the pause is chance: after an edge's restart its runners do not all come in the same second.
        until = time.monotonic() + wait * random.uniform(0.5, 1.0)
        while config.mark(self.home) == mark and (left := until - time.monotonic()) > 0 and not self._stop.wait(min(left, LOOK)):
            pass
        return min(wait * 2, LONGEST) if config.mark(self.home) == mark else FIRST

    def _ready(self) -> None:
        if self._intake is None:
            self._worker = Worker(self.home, self.tell)
            self._worker.start()
            self._intake = Intake(self.home.store, self._settled)
            self._intake.start()

    def _connect(self, db: Database, settings: config.Config, mark: tuple[int, int]) -> str:
        """Connect, and work until it ends. Returns why it did. Raises ConfigError where the token is refused."""
        from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
        from websockets.sync.client import connect

        url, token = str(settings.cloud["url"]), str(settings.cloud.get("token", ""))
        try:
            with connect(
                pairing.socket_url(url), additional_headers={"Authorization": f"Bearer {token}"}, open_timeout=10, close_timeout=2,
                ping_interval=20, ping_timeout=20, max_size=LARGEST, compression=None,
            ) as socket:  # fmt: skip
                self._socket = socket
                return self._talk(db, socket, settings, mark)
        except InvalidStatus as error:
            if error.response.status_code in (401, 403):
                raise ConfigError("the edge refuses the token: make a new one and `coro login` again") from None
            return f"the edge answered {error.response.status_code}"
        except ConnectionClosed as error:
            return pairing.ended(error.rcvd.code if error.rcvd is not None else 0)
        except (OSError, TimeoutError, WebSocketException) as error:
            return f"the edge cannot be reached: {type(error).__name__}"
        finally:
            self._socket = None

    def _talk(self, db: Database, socket: ClientConnection, settings: config.Config, mark: tuple[int, int]) -> str:
        """Read frames until the connection ends; say what we watch whenever that has become something else."""
        orders, runner = Orders(db, self.tell), pairing.identity(self.home)
        watched, seen, beat, looked = watching(db), db.changes, time.monotonic(), 0.0
        socket.send(json.dumps({
            "type": "runner:register", "runnerId": runner, "hostname": pairing.host_name(), "protocolVersion": frames.PROTOCOL,
            "capabilities": {"refs": watched, "plugins": list(settings.plugins)},
        }))  # fmt: skip
        self._connected(db)
        while not self._stop.is_set():
            try:
                self._frame(socket, socket.recv(timeout=LOOK), orders, settings)
            except TimeoutError:
                pass
            if time.monotonic() - looked >= LOOK and db.changes != seen:
                looked, seen, before, watched = time.monotonic(), db.changes, watched, watching(db)
                beat = beat if watched == before else 0.0
            if time.monotonic() - beat >= HEARTBEAT:
                told = {} if beat else {"capabilities": {"refs": watched}}
                beat = time.monotonic()
                socket.send(json.dumps(self._heartbeat(runner) | told))
            if config.mark(self.home) != mark:
                return "the configuration has changed"  # perhaps another edge, another token, other plugins
        return "the runner ends"

    def _heartbeat(self, runner: str) -> dict[str, Any]:
        return {"type": "runner:heartbeat", "runnerId": runner, "uptimeMs": round((time.monotonic() - self._began) * 1000)}

    def _frame(self, socket: ClientConnection, text: str | bytes, orders: Orders, settings: config.Config) -> None:
        """One frame. What cannot be read is not acknowledged: the edge parks it aside, where people see it."""
        try:
            frame = frames.parse(text)
            if frame["type"] == "event:pluginWebhook":
                assert self._intake is not None  # made before the connection
                said = frames.read_webhook(frame)
                self._intake.submit((socket, said.id), taken(settings, said))
            elif frame["type"] == "runner:ping":
                socket.send(json.dumps(self._heartbeat(pairing.identity(self.home))))
            elif frame["type"] in _ORDERS and orders.obey(frame):
                doorbell.ring(self.home.doorbell)
                _acknowledge(socket, frames.word(frame, "deliveryId"))
        except frames.BadFrame as error:
            self.tell("error", {"message": f"a frame of the edge cannot be used: {error}"})

    def _settled(self, kept: Sequence[tuple[Any, Kept]]) -> None:
        """Called from the writer's thread, after the commit."""
        for (socket, id), each in kept:
            if each.trouble:
                self.tell("error", {"message": f"a delivery could not be stored: {each.trouble}"})
            else:
                reach("ack.before-send")
                _acknowledge(socket, id)
        if self._worker is not None:
            self._worker.stored([each.id for _, each in kept if not each.trouble and not each.known])

    def _connected(self, db: Database) -> None:
        self._say(db, "connected")
        self.tell("relay", {"state": "connected", "why": ""})
        self.changed(True)

    def _lost(self, db: Database, why: str) -> None:
        if self._said == "connected":
            self.changed(False)
        if self._said != f"down: {why}":
            self.tell("relay", {"state": "down", "why": why})
        self._say(db, f"down: {why}")

    def _say(self, db: Database, state: str) -> None:
        self._said = state
        try:
            with db.transaction():
                db.run("runner_relay", relay=state)
        except CoroError as error:
            self.tell("error", {"message": error.message})


def _acknowledge(socket: ClientConnection, id: str) -> None:
    from websockets.exceptions import ConnectionClosed

    if id:
        try:
            socket.send(json.dumps({"type": "event:ack", "deliveryId": id}))
        except (ConnectionClosed, OSError):
            pass  # it comes again, and is found to be there


def beside(home: paths.Home, tell: Tell, pollster: Pollster) -> Link:
    """The relay of a runner: while it is connected polling is only a safety net."""

    def changed(connected: bool) -> None:
        pollster.factor = max(min(SLOWER, SLOWEST / pollster.interval), 1.0) if connected else 1.0
        pollster.now()  # what came while nobody told us; and the next look is planned by the new rhythm

    return Link(home, tell, changed)
