"""`POST /graphql`: the schema's root, costs, and the ways GitHub says no."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from coro_cli.drills.host.github.graph.actors import add_actors, add_repository
from coro_cli.drills.host.github.graph.commits import add_commits
from coro_cli.drills.host.github.graph.ground import Ground, name_of
from coro_cli.drills.host.github.graph.items import add_items
from coro_cli.drills.host.github.graph.talk import add_talk
from coro_cli.drills.host.github.graph.timeline import add_timeline
from coro_cli.drills.host.github.limits import Bucket
from coro_cli.drills.host.graphql.run import Prepared, execute, prepare
from coro_cli.drills.host.graphql.schema import Args, FieldOf, Refused, Schema, plain, to
from coro_cli.drills.host.messages import Request, Response

_TOO_SLOW = (
    "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and "
    "contact us if the problem persists."
)


class Endpoint:
    """Answers queries over the world. slow_above: queries that ask for more nodes time out with a 502."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.schema = Schema(name_of)
        for add in (add_actors, add_repository, add_talk, add_commits, add_timeline, add_items):
            add(self.schema, ground)
        self._add_root()

    def answer(self, request: Request, bucket: Bucket, *, slow_above: int | None) -> Response:
        """One query. `request.charged` becomes its points: a hundredth of the connections it opens, at least one.

        https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
        """
        asked = _read(request)
        if asked is None:
            return Response(400, {"message": "Problems parsing JSON"})
        prepared = prepare(self.schema, asked["query"], asked["variables"], asked["operationName"])
        if not isinstance(prepared, Prepared):
            return Response(body={"errors": prepared})
        request.charged = max(1, round(prepared.check.requests / 100))
        if slow_above is not None and prepared.check.nodes > slow_above:
            return Response(502, {"data": None, "errors": [{"message": _TOO_SLOW}]})
        self.ground.bucket, self.ground.cost = bucket, request.charged
        self.ground.node_count = prepared.check.nodes
        return Response(body=execute(prepared), etag=False)

    def _add_root(self) -> None:
        ground = self.ground
        self.schema.types["RateLimit"] = {
            "limit": plain(lambda b: b.limit), "cost": plain(lambda b: ground.cost),
            "remaining": plain(lambda b: max(0, b.remaining - ground.cost)),
            "used": plain(lambda b: b.used + ground.cost), "nodeCount": plain(lambda b: ground.node_count),
            "resetAt": plain(lambda b: datetime.fromtimestamp(b.reset, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        }
        self.schema.abstract["Node"] = tuple(
            name for name, fields in self.schema.types.items() if "id" in fields and name not in self.schema.abstract
        )
        self.schema.types["Node"] = {"id": plain(lambda thing: thing.node_id)}
        self.schema.types["Query"] = {
            "viewer": to("User", lambda _: ground.world.user(ground.me())),
            "rateLimit": FieldOf(lambda _, args: ground.bucket, "RateLimit", {"dryRun": "Boolean"}),
            "node": FieldOf(lambda _, args: self._node(args["id"]), "Node", {"id": "ID!"}),
            "nodes": FieldOf(self._nodes, "Node", {"ids": "[ID!]!"}, size=lambda args: len(args.get("ids") or ())),
            "repository": FieldOf(
                self._repository, "Repository", {"owner": "String!", "name": "String!", "followRenames": "Boolean"}
            ),
        }

    def _nodes(self, _: Any, args: Args) -> list[Any]:
        return [self._node(one) for one in args["ids"]]

    def _node(self, node_id: str) -> Any:
        thing = self.ground.world.nodes.get(node_id)
        if thing is None or _hidden(thing):
            return Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'")
        return thing

    def _repository(self, _: Any, args: Args) -> Any:
        name, world = f"{args['owner']}/{args['name']}", self.ground.world
        repo = world.repos.get(name.lower())
        if repo is None and args.get("followRenames", True):
            repo = world.moved.get(name.lower())
        if repo is None or repo.hidden:
            return Refused("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
        return repo


def _hidden(thing: Any) -> bool:
    item = getattr(getattr(thing, "thread", thing), "item", thing)
    return bool(getattr(getattr(item, "repo", item), "hidden", False)) or bool(getattr(thing, "deleted", False))


def _read(request: Request) -> dict[str, Any] | None:
    try:
        body = json.loads(request.body)
    except ValueError:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return None
    variables = body.get("variables") or {}
    if not isinstance(variables, dict):
        return None
    return {"query": body["query"], "variables": variables, "operationName": body.get("operationName")}
