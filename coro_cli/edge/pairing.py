"""What a runner and its edge know of each other: address and token in config.toml, names, and why a connection ended."""

from __future__ import annotations

import json
import os
import socket
import uuid

from coro_cli import edge
from coro_cli.config import file
from coro_cli.config.schema import clean_url
from coro_cli.errors import ConfigError, UsageError
from coro_cli.system import paths

LONGEST = 500
SECONDS = 10.0


def pair(home: paths.Home, url: str, token: str, *, check: bool) -> tuple[str, str]:
    """Write the [cloud] block. Returns the address as written, and why the token could not be tried, or "".

    Raises UsageError; ConfigError where the edge refuses the token: then nothing is written.
    """
    try:
        address = clean_url(url)
    except ValueError:
        raise UsageError("the edge's address is a web address", hint="--url https://coro.acme.dev") from None
    if not token or len(token) > LONGEST or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("that is no runner's token", hint="make one: coro edge token add --team TEAM")
    if check:
        edge.need(edge.RUNNER)
    untried = tried(address, token) if check else ""
    pairs = [("cloud.url", json.dumps(address)), ("cloud.token", json.dumps(token))]  # of printable ASCII: JSON writes it as TOML does
    file.put(home.config_file, pairs)
    os.chmod(home.config_file, 0o600)
    return address, untried


def socket_url(address: str) -> str:
    """Where runners connect."""
    scheme, _, rest = address.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/ws/runner"


def tried(address: str, token: str) -> str:
    """Connect and leave again. Returns why that could not be; an edge that is away today is there when the runner starts."""
    from websockets.exceptions import InvalidStatus, WebSocketException
    from websockets.sync.client import connect

    try:
        with connect(socket_url(address), additional_headers={"Authorization": f"Bearer {token}"}, open_timeout=SECONDS):
            return ""
    except InvalidStatus as error:
        if error.response.status_code in (401, 403):
            raise ConfigError("the edge refuses this token", hint="ask for a new one: coro edge token add --team TEAM") from None
        return f"`{address}` answered {error.response.status_code}: is it an edge?"
    except (OSError, WebSocketException, TimeoutError) as error:
        return f"`{address}` cannot be reached: {type(error).__name__}"


def host_name() -> str:
    """This machine, for the edge's list of runners."""
    return socket.gethostname()[:128] or "runner"


def identity(home: paths.Home) -> str:
    """This home's name at the edge: made once. A copied home is the same runner, and the two would drive each other out."""
    path = home.state / "runner.id"
    try:
        found = path.read_text().strip()
        if found:
            return found
    except OSError:
        pass
    made = f"{host_name()[:64]}-{uuid.uuid4().hex[:12]}"
    path.write_text(made + "\n")
    return made


def ended(code: int) -> str:
    """Why the edge closed the connection, by its code; 0 where it broke."""
    said = {
        4401: "the token was revoked or has expired", 4409: "the same runner has connected again", 4408: "the edge heard nothing of us",
        1012: "the edge restarts", 1013: "the edge's database is away", 1001: "the edge goes away",
    }  # fmt: skip
    return said.get(code, f"the connection was closed ({code})" if code else "the connection broke")
