"""A simulated Bitbucket Cloud, over the model that hosts share."""

from __future__ import annotations

from tests.simulated.bitbucket.host import BitbucketHost

__all__ = ["BitbucketHost"]
