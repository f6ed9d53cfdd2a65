"""A simulated Redmine: `with RedmineHost() as host: issue = host.issue("api")`; a ref of it is `redmine:<issue.id>`."""

from __future__ import annotations

from tests.simulated.redmine.host import RedmineHost

__all__ = ["RedmineHost"]
