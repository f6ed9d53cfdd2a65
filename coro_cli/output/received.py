"""The lines of a receiver: where it listens, what came in, what was refused."""

from __future__ import annotations

from typing import Any

from coro_cli.output.parts import short_ref, text_of


def listening(facts: dict[str, Any]) -> str:
    """Where, for whom, and what is missing."""
    plugins = ", ".join(facts.get("plugins") or ())
    said = f"listening on {facts['url']}/webhook/PLUGIN"
    said += f" for {plugins}" if plugins else "; no plugin has a secret yet: coro webhook secret add --plugin github"
    if not facts.get("loopback", True):
        said += "; not only this machine can reach it"
    return said + (f"; {facts['trouble']}" if facts.get("trouble") else "")


def delivery(facts: dict[str, Any]) -> str:
    """Plugin, the host's word, refs, events, what it did."""
    refs = ", ".join(short_ref(ref) for ref in facts.get("refs") or ())
    woke = ", ".join(facts.get("woke") or ())
    again = f" (sent {facts['times']} times)" if (facts.get("times") or 1) > 1 else ""
    parts = [text_of(facts.get("plugin")), text_of(facts.get("event")) or "delivery", refs]
    return " ".join(filter(None, parts)) + f" -> {facts.get('outcome')}{f' {woke}' if woke else ''}{again}"


def refused(facts: dict[str, Any]) -> str:
    """Why, and what to do."""
    who = f" from {facts['peer']}" if facts.get("peer") else ""
    advice = f" ({facts['advice']})" if facts.get("advice") else ""
    more = f"; {facts['more']} more before it" if facts.get("more") else ""
    return f"refused {facts['status']} {text_of(facts.get('plugin')) or 'request'}{who}: {facts.get('reason')}{advice}{more}"


