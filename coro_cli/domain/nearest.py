"""What was probably meant by a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name with nearly the same letters, if there is one. cutoff: how alike they have to be, from 0 to 1."""
    import difflib  # only on the way to an error: it costs 6 ms

    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)), None)
