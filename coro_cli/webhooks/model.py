"""The words of verification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

# Names and values as they came: repeated ones stay apart, each character of a value is one byte of the wire.
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Secret:
    """One shared secret. until: when its overlap ends (epoch seconds, our clock), None for ever."""

    name: str
    value: bytes = field(repr=False)
    created_at: float = 0.0
    until: float | None = None

    def ended(self, now: float) -> bool:
        """Its overlap is over: it is only kept to say so."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a delivery is what its host sent.

    algorithm: of the scheme that was looked for. secret: the name of the one that matched. reason: the word for a refusal
    (`coro_cli.webhooks.reasons`), "" where it is valid. message: the same as a sentence. delivery: the host's id, "" where
    it sends none. advice: what to do. authentic: the signature is good; with `valid` false only its time is not.
    """

    valid: bool
    algorithm: str
    secret: str = ""
    reason: str = ""
    message: str = ""
    delivery: str = ""
    advice: str = ""
    authentic: bool = False
