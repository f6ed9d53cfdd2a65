"""coro parks jobs until something happens on a code host or an issue tracker, and resumes them when it does."""

__version__ = "0.1.0"
