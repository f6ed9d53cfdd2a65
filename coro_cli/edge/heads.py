"""A connection that does not bring the head of a request in time is closed: uvicorn waits for it as long as it takes."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 30.0


class Heads(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, for one connection. What became a WebSocket is no longer ours."""

    _seen: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Look after it from the start."""
        super().connection_made(transport)
        self.loop.call_later(SECONDS, self._look)

    def _look(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        busy = self.cycle is not None and not self.cycle.response_complete
        if not busy and self.cycle is self._seen:
            self.transport.close()  # no request since the last look: its head trickles, or nothing comes at all
            return
        self._seen = self.cycle
        self.loop.call_later(SECONDS, self._look)
