"""Addresses pasted from a browser, and `.` in a checkout's place: Bitbucket and Azure DevOps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness import benches
from world_azure import AzureWorld
from world_bitbucket import BitbucketWorld
from world_bitbucket_dc import BitbucketDCWorld

from tests.simulated.azure import AzureHost
from tests.simulated.bitbucket import BitbucketHost
from tests.simulated.bitbucket_dc import BitbucketDCHost


@pytest.mark.parametrize(
    ("host_class", "world_class", "address", "ref"),
    [
        (BitbucketHost, BitbucketWorld, "/acme/api/pull-requests/1/diff#comment-7", "bitbucket:acme/api#1"),
        (BitbucketDCHost, BitbucketDCWorld, "/projects/ACME/repos/api/pull-requests/1/overview?commentId=4", "bitbucket-dc:ACME/api#1"),
        (AzureHost, AzureWorld, "/acme/My%20Shop/_git/api/pullrequest/1?_a=files", "azure:acme/My%20Shop/api#1"),
    ],
    ids=["bitbucket", "bitbucket-dc", "azure"],
)
def test_a_pasted_address_parks(
    host_class: Any, world_class: Any, address: str, ref: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with host_class() as host, benches(world_class(host), tmp_path, monkeypatch) as (home,):
        home.world.pull()
        parked = home.park(host.url + address, "approved")
        assert parked.job["waits"][0]["refs"] == [ref]


def test_a_personal_repository_is_pasted_by_its_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with BitbucketDCHost() as host, benches(BitbucketDCWorld(host), tmp_path, monkeypatch) as (home,):
        host.pull("~dev/tools")
        parked = home.park(f"{host.url}/users/dev/repos/tools/pull-requests/1", "approved")
        assert parked.job["waits"][0]["refs"] == ["bitbucket-dc:~dev/tools#1"]
