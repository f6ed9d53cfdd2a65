"""Deliveries: the simulated host's own webhooks, signed and sent in the background, in order."""

from __future__ import annotations

import hmac
import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 10.0


@dataclass(slots=True)
class Delivery:
    """One delivery. status: what the receiver answered, 0 while it has not (or could not be reached)."""

    url: str
    headers: dict[str, str]
    body: bytes
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: int = 0


def sign(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """`sha256=<hex>`, the HMAC over the raw body."""
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def raw(payload: Mapping[str, Any]) -> bytes:
    """The bytes of a payload, as they are signed and sent."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


class Courier:
    """Sends deliveries one after the other from a thread of its own; `log` has all of them, also those that failed."""

    def __init__(self) -> None:
        self.log: list[Delivery] = []
        self._queue: SimpleQueue[Delivery | None] = SimpleQueue()
        self._settled = threading.Condition()
        self._open = 0
        self._thread: threading.Thread | None = None

    def send(self, delivery: Delivery) -> None:
        """Queue one; sending it again (`courier.send(courier.log[0])`) is a redelivery with the same id."""
        with self._settled:
            self._open += 1
            if delivery not in self.log:
                self.log.append(delivery)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="simulated-deliveries", daemon=True)
                self._thread.start()
        self._queue.put(delivery)

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until all that is queued was answered; False when the time ran out."""
        with self._settled:
            return self._settled.wait_for(lambda: self._open == 0, timeout)

    def close(self) -> None:
        """Send what is queued, then end."""
        self._queue.put(None)
        if self._thread:
            self._thread.join(TIMEOUT)

    def _run(self) -> None:
        while delivery := self._queue.get():
            delivery.status = _post(delivery)
            with self._settled:
                self._open -= 1
                self._settled.notify_all()


def _post(delivery: Delivery) -> int:
    from http.client import HTTPConnection, HTTPException

    parts = urlsplit(delivery.url)
    connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target or "/", delivery.body, delivery.headers)
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
