"""What the readers of issue trackers share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from coro_cli.domain.snapshot import Change
from coro_cli.plugins.base import Watched
from coro_cli.plugins.wire import Response

# What was read before is read again for so long: an entry may come to light late.
OVERLAP = 120.0


def window(watched: Watched) -> float:
    """From when on comments and changes are kept: the last look less an overlap, or what the wait asks for."""
    return watched.previous.looked_at - OVERLAP if watched.previous is not None else watched.since - 1


def bounded(found: Sequence[Change], values: Mapping[str, Collection[str]], since: float) -> tuple[Change, ...]:
    """Only what the next look may ask for: what is recent, and the last change that gave a present value.

    values: subject → present values (`{"to": {"Done"}, "label": {…}}`). Without that last change, the state would be
    proved under another key than the one its edge had.
    """
    kept: dict[tuple[str, str], str] = {}
    for change in found:
        for subject, present in values.items():
            value = str(change.data.get(subject, ""))
            if value and value in present:
                kept[(change.name, value)] = change.key
    carriers = set(kept.values())
    return tuple(change for change in found if change.at >= since or change.key in carriers)


def is_page(response: Response) -> bool:
    """Whether it is HTML, as single sign-on puts it in the place of any answer."""
    return response.headers.get("content-type", "").startswith("text/html") or response.body[:200].lstrip()[:1] == b"<"
