"""A simulated GitLab: merge requests and issues by REST (v4)."""

from __future__ import annotations

from tests.simulated.gitlab.host import GitLabHost

__all__ = ["GitLabHost"]
