"""A simulated Bitbucket Data Center, over the model that hosts share."""

from __future__ import annotations

from tests.simulated.bitbucket_dc.host import BitbucketDCHost

__all__ = ["BitbucketDCHost"]
