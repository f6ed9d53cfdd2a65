"""A simulated Azure DevOps, over the model that hosts share."""

from __future__ import annotations

from tests.simulated.azure.host import AzureHost

__all__ = ["AzureHost"]
