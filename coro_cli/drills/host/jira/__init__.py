"""A simulated Jira, Cloud or Data Center: `with JiraHost() as host: host.issue("PROJ", 123).transition("Done")`."""

from __future__ import annotations

from coro_cli.drills.host.jira.host import JiraHost

__all__ = ["JiraHost"]
