"""The simulated Linear's endpoint: credentials, limits, complexity, and errors in Linear's form."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Self

from coro_cli.drills.host.graphql.document import Spread
from coro_cli.drills.host.graphql.run import Prepared, execute, prepare
from coro_cli.drills.host.messages import Request, Response
from tests.simulated.linear.schema import Ground, build
from tests.simulated.tracker.host import TrackerHost

MOST_COMPLEX = 10_000
Json = dict[str, Any]


class LinearHost(TrackerHost):
    """remaining: requests left in this hour. fold: quick successive changes by one person become one entry of the history."""

    def __init__(self, *, clock: Callable[[], float] = time.time, me: str = "me", token: str = "lin_api_simulated") -> None:
        super().__init__(clock=clock, me=me, token=token)
        self.limit = 5000
        self.remaining = 5000
        self.fold = False
        self.complexity = 0.0

    def start(self) -> Self:
        """Listen. The API is at the root of the address."""
        super().start()
        self._schema = build(Ground(self.world, lambda: self.me, lambda: self.fold))
        self.routes.add("POST", "/?", self._answer)
        self.routes.add("POST", "/graphql", self._answer)
        return self

    def carries(self, request: Request) -> bool:
        """A personal key stands bare in the header."""
        return request.headers.get("authorization", "") == self.token

    def guard(self, request: Request) -> Response | None:
        """HTTP 400 in both cases."""
        if not self.may(request):
            return Response(400, _errors("Authentication required, not authenticated", "AUTHENTICATION_ERROR", "authentication error"))
        if self.remaining <= 0:
            return Response(400, _errors("Rate limit exceeded", "RATELIMITED", "ratelimited"))
        self.remaining -= 1
        return None

    def headers(self, request: Request, response: Response) -> Mapping[str, str]:
        """The limit of requests; its reset is in epoch milliseconds."""
        reset = str(round((self.now() + 1800) * 1000))
        known = {"limit": self.limit, "remaining": self.remaining, "reset": reset}
        return {f"x-ratelimit-requests-{word}": str(value) for word, value in known.items()} | {"x-complexity": str(round(self.complexity))}

    def _answer(self, request: Request) -> Response:
        try:
            asked = json.loads(request.body)
            prepared = prepare(self._schema, asked["query"], asked.get("variables") or {})
        except (ValueError, KeyError, TypeError):
            return Response(400, _errors("Problems parsing JSON", "GRAPHQL_PARSE_FAILED", "graphql error"))
        if not isinstance(prepared, Prepared):
            return Response(400, {"errors": prepared})
        self.complexity = complexity(prepared)
        if self.complexity > MOST_COMPLEX:
            return Response(400, _errors(f"Query too complex: {self.complexity:.0f}", "INPUT_ERROR", "invalid input"))
        return Response(body=_shaped(execute(prepared)), etag=False)


def complexity(prepared: Prepared) -> float:
    """What a query costs: 0.1 a property, 1 an object, a connection its content times its size."""
    from coro_cli.drills.host.graphql.values import value_of

    def cost(selections: Any, type: str) -> float:
        total = 0.0
        for one in selections:
            if isinstance(one, Spread):
                total += cost(one.selections or prepared.document.fragments[one.name][1], type)
                continue
            known = prepared.schema.fields(type).get(one.name)
            if known is None or not known.type:
                total += 0.1
                continue
            inner = 1 + cost(one.selections, known.type)
            size = value_of(one.args.get("first"), prepared.variables) if known.connection else 1
            total += inner * (size if isinstance(size, int) else 50)
        return total

    return cost(prepared.operation.selections, "Query")


def _errors(message: str, code: str, kind: str) -> Json:
    return {"errors": [{"message": message, "extensions": {"code": code, "type": kind, "userPresentableMessage": message}}]}


def _shaped(answer: Json) -> Json:
    """A resolver's refusal, as Linear writes it: `issue` is never null, so all data is."""
    if "errors" not in answer:
        return answer
    shaped = [_errors(e["message"], e.get("type", ""), "invalid input")["errors"][0] | {"path": e["path"]} for e in answer["errors"]]
    return {"data": None, "errors": shaped}
