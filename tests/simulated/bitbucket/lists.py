"""Lists of the simulated Bitbucket Cloud: the filters coro uses, and pages joined by an opaque `next`."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from coro_cli.drills.host.messages import Request, Response

if TYPE_CHECKING:
    from tests.simulated.bitbucket.forms import Forms
    from tests.simulated.bitbucket.host import BitbucketHost
    from tests.simulated.forge.pull import Pull




MOST = 100


def page(host: BitbucketHost, request: Request, values: Sequence[Any]) -> Response:
    """The page asked for. Where it goes on is told by a cursor that nobody can guess."""
    size = min(int(request.query.get("pagelen", "10")), MOST)
    start = int(base64.b64decode(request.query["ctx"]).decode().partition(":")[2]) if "ctx" in request.query else 0
    body: dict[str, Any] = {"pagelen": size, "values": list(values[start : start + size])}
    if start + size < len(values):
        rest = [(name, value) for name, many in request.values.items() for value in many if name != "ctx"]
        ctx = base64.b64encode(f"at:{start + size}".encode()).decode()
        body["next"] = f"{host.url}{request.path}?{urlencode([*rest, ('ctx', ctx)])}"
    return Response(body=body)


def wanted(request: Request, forms: Forms, pull: Pull) -> bool:
    """Whether `state` (open ones, if nothing is said) and `q` let it through."""
    if forms.state(pull) not in request.values.get("state", ["OPEN"]):
        return False
    query = request.query.get("q", "")
    numbers = re.findall(r"\bid = (\d+)", query)
    branch = re.search(r'source\.branch\.name = "([^"]*)"', query)
    return (not numbers or str(pull.number) in numbers) and (branch is None or branch[1] == pull.branch)
