"""The text a job's command gets on stdin: what happened, by whom, where, what was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from coro_cli.domain.events import Event

TEXT_LIMIT = 64 * 1024
_PHRASES = {
    "approved": "approved", "changes_requested": "asked for changes on", "reviewed": "reviewed",
    "review_dismissed": "had a review dismissed on", "commented": "commented on", "comment_edited": "edited a comment on",
    "thread_resolved": "resolved a thread on", "review_requested": "requested a review on", "synchronized": "pushed to",
    "ready_for_review": "marked as ready for review", "converted_to_draft": "turned into a draft", "labeled": "labelled",
    "unlabeled": "removed a label from", "assigned": "assigned", "unassigned": "unassigned", "merged": "merged",
    "closed": "closed", "reopened": "reopened", "opened": "opened", "transitioned": "moved", "epic_linked": "linked",
    "epic_unlinked": "unlinked", "linked": "linked",
}  # fmt: skip
_DATA_WORDS = (
    "label", "assignee", "reviewer", "from", "to", "link", "epic", "path", "line", "sha", "commit", "failing", "status", "parent",
)  # fmt: skip


def prompt(title: str, events: Sequence[Event], messages: Sequence[str], *, satisfied: bool) -> str:
    """The whole prompt. Ends with a newline; NUL bytes are taken out, for they end strings in many programs."""
    blocks = [f"Job: {title}"] if title else []
    blocks += ["\n".join(_block(event)) for event in events]
    blocks += [f"Message:\n{text}" for text in messages]
    if events and not satisfied:
        blocks.append("This is not what the job was waiting for, but it had to be told.")
    return "\n\n".join(blocks).replace("\x00", "\N{REPLACEMENT CHARACTER}") + "\n"


def headline(event: Event) -> str:
    """One line: who did what to which ref."""
    short = event.name.partition(":")[2]
    title = f" ({event.title})" if event.title else ""
    if event.name == "job:timeout":
        return f"The deadline of the wait for {event.ref}{title} has passed"
    if event.name == "job:resumed":
        return f"The job was resumed by hand; it waits for {event.ref}{title}"
    if short.startswith("checks_"):
        return f"Checks {short.removeprefix('checks_')} on {event.ref}{title}"
    if short == "conflicted":
        return f"{event.ref}{title} conflicts with its base"
    who = _who(event)
    return f"{who} {_PHRASES.get(short, short)} {event.ref}{title}"


def _who(event: Event) -> str:
    """The account, with the name people know it by: only the account cannot be forged."""
    login, name = event.actor.login or "Somebody", event.data.get("by")
    return f"{name} ({login})" if name else login


def _block(event: Event) -> Iterator[str]:
    yield headline(event)
    yield f"Event: {event.name}"
    for word in _DATA_WORDS:
        # Who was unassigned is told by `from`: a line of its own would be read as who it is now.
        is_past = word == "assignee" and event.name == "issue:unassigned" and bool(event.data.get("from"))
        if event.data.get(word) not in (None, "", []) and not is_past:
            yield f"{word.capitalize()}: {_plain(event.data[word])}"
    if event.url:
        yield f"URL: {event.url}"
    if event.body:
        cut = "\n[cut: the whole text is in the event file]" if len(event.body) > TEXT_LIMIT else ""
        yield f"\n{event.body[:TEXT_LIMIT]}{cut}"


def _plain(value: Any) -> str:
    return ", ".join(str(v) for v in value) if isinstance(value, list) else str(value)
