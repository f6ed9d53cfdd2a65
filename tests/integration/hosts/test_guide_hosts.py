"""The guide's table of what each host can tell says what the table of situations proves."""

from __future__ import annotations

import pytest
from situations import PULLS
from world_azure import AzureWorld
from world_bitbucket import BitbucketWorld
from world_bitbucket_dc import BitbucketDCWorld
from world_gitea import GiteaWorld
from world_github import GitHubWorld
from world_gitlab import GitLabWorld

from coro_cli import guides
from coro_cli.domain.events import FAMILIES

WORLDS = [GitHubWorld, GitLabWorld, GiteaWorld, BitbucketWorld, BitbucketDCWorld, AzureWorld]
PAGE = guides.page("hosts")
LINES = PAGE[PAGE.index("| event |") :].partition("\n\n")[0].splitlines()
HEAD, _, *ROWS = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in LINES]
TABLE = {event: cells for event, *cells in ROWS}


def test_every_event_that_can_be_waited_for_has_its_row() -> None:
    assert set(TABLE) == set(FAMILIES["pull_request"]) - {"opened"}
    assert {s.needs for s in PULLS} <= set(TABLE)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_what_a_host_cannot_tell_is_what_the_page_says_it_cannot(world: type[GitHubWorld]) -> None:
    column = HEAD.index(world.name) - 1
    assert {event for event, cells in TABLE.items() if cells[column] != "yes"} == set(world.cannot) & set(TABLE)
