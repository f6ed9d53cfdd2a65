"""A simulated Gitea (or Forgejo): pull requests and issues by REST (v1)."""

from __future__ import annotations

from tests.simulated.gitea.host import GiteaHost

__all__ = ["GiteaHost"]
