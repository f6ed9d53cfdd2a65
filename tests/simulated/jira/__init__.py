"""A simulated Jira, Cloud or Data Center: `with JiraHost() as host: host.issue("PROJ", 123).transition("Done")`."""

from __future__ import annotations

from tests.simulated.jira.host import JiraHost

__all__ = ["JiraHost"]
