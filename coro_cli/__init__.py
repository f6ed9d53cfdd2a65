"""coro parks jobs until something happens on a code host or an issue tracker, and resumes them when it does."""

from __future__ import annotations

__version__ = "0.1.0"
