"""The trackers are tried with the bench that the code hosts have."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "hosts"))
