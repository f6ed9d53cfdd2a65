"""What a delivery says itself has the key that the API gives it, on the hosts that have no simulated deliveries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.request import Request, urlopen

from asked import Asked

from coro_cli.domain import diff
from coro_cli.domain.snapshot import Snapshot
from coro_cli.webhooks import interpret
from tests.simulated.azure import AzureHost
from tests.simulated.bitbucket import BitbucketHost
from tests.simulated.bitbucket_dc import BitbucketDCHost


def answer(ask: Asked, path: str) -> Any:
    request = Request(f"{ask.host.api_url}{path}", headers=ask.plugin.headers())
    with urlopen(request, timeout=60) as response:
        return json.load(response)


def told(ask: Asked, payload: dict[str, Any], event: str = "") -> dict[str, str]:
    hint = interpret.read(ask.plugin, [("X-Event-Key", event)], json.dumps(payload).encode())
    return {event.name.partition(":")[2]: event.key for event in interpret.events(hint)}


def seen(snapshot: Snapshot) -> dict[str, str]:
    return {event.name.partition(":")[2]: event.key for event in diff.found(None, snapshot, "r", since=0.0)}


@contextmanager
def asking(host: Any, kind: str, scope: str) -> Iterator[Asked]:
    with host, closing(Asked.of(host, kind, scope)) as ask:
        yield ask


def test_bitbucket_cloud_by_both_doors() -> None:
    host = BitbucketHost()
    with asking(host, "bitbucket", "acme/api") as ask:
        pull, here = host.pull(), "/repositories/acme/api/pullrequests/1"
        pull.approve("alice"), pull.request_changes("bob"), pull.comment("carol", "Hello."), pull.push()
        said = {"pullrequest": answer(ask, here), "actor": {"uuid": "{m}", "nickname": "m"}, "repository": {"full_name": "acme/api"}}
        log = answer(ask, f"{here}/activity")["values"]
        verdicts = {
            name: next(item[there] for item in log if there in item)
            for name, there in (("approval", "approval"), ("changes_request", "changes_requested"))
        }
        (comment,) = answer(ask, f"{here}/comments")["values"]
        found = {}
        for event, more in (
            ("created", {}), ("approved", verdicts), ("changes_request_created", verdicts), ("push", {}),
            ("comment_created", {"comment": comment}),
        ):  # fmt: skip
            found |= told(ask, said | more, f"pullrequest:{event}")
        pull.merge()
        found |= told(ask, said | {"pullrequest": answer(ask, here)}, "pullrequest:fulfilled")
        polled = seen(ask.look())
    assert set(found) == {"opened", "approved", "changes_requested", "commented", "synchronized", "merged"}
    assert found == {name: polled[name] for name in found}


def test_bitbucket_data_center_by_both_doors() -> None:
    host = BitbucketDCHost()
    with asking(host, "bitbucket-dc", "ACME/api") as ask:
        pull, here = host.pull("ACME/api"), "/projects/ACME/repos/api/pull-requests/1"
        pull.comment("carol", "Hello."), pull.push()
        found = {}
        comment = next(i["comment"] for i in answer(ask, f"{here}/activities")["values"] if "comment" in i)
        said = {"date": "2026-11-23T10:11:12+1000", "actor": {"name": "m", "id": 9}, "pullRequest": answer(ask, here)}
        for event, more in (("opened", {}), ("comment:added", {"comment": comment}), ("from_ref_updated", {})):
            found |= told(ask, said | more | {"eventKey": f"pr:{event}"})
        pull.close("m")
        found |= told(ask, said | {"pullRequest": answer(ask, here), "eventKey": "pr:declined"})
        polled = seen(ask.look())
    assert set(found) == {"opened", "commented", "synchronized", "closed"}
    assert found == {name: polled[name] for name in found}


def test_azure_devops_by_both_doors() -> None:
    host = AzureHost()
    with asking(host, "azure", "acme/My Shop/api") as ask:
        pull, here = host.pull("acme/My Shop/api"), "/acme/My%20Shop/_apis/git/repositories/api/pullRequests/1"
        pull.comment("carol", "Hello."), pull.vote("alice", 10)
        found = {}
        shown = answer(ask, f"{here}?api-version=6.0")
        shown["repository"] |= {"remoteUrl": f"{host.url}/acme/My%20Shop/_git/api"}
        thread = next(t for t in answer(ask, f"{here}/threads?api-version=6.0")["value"] if t["comments"][0]["commentType"] == "text")
        comment = thread["comments"][0] | {"_links": {"threads": {"href": f"{host.url}/x/threads/{thread['id']}"}}}
        said = {"createdDate": "2026-11-23T10:11:12Z", "resource": shown}
        found |= told(ask, said | {"eventType": "git.pullrequest.created"})
        spoken = {"comment": comment, "pullRequest": shown}
        found |= told(ask, said | {"eventType": "ms.vss-code.git-pullrequest-comment-event", "resource": spoken})
        assert set(told(ask, said | {"eventType": "git.pullrequest.updated"})) == {"approved"}, "as the votes stand"
        pull.merge()
        ended = answer(ask, f"{here}?api-version=6.0") | {"repository": shown["repository"]}
        found |= told(ask, said | {"eventType": "git.pullrequest.merged", "resource": ended})
        polled = seen(ask.look())
    assert set(found) == {"opened", "commented", "merged"}
    assert found == {name: polled[name] for name in found}
