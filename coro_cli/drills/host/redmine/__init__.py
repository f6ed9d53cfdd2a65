"""A simulated Redmine: `with RedmineHost() as host: issue = host.issue("api")`; a ref of it is `redmine:<issue.id>`."""

from __future__ import annotations

from coro_cli.drills.host.redmine.host import RedmineHost

__all__ = ["RedmineHost"]
