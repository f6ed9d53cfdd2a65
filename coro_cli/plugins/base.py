"""What a plugin is. Third parties write one class with these methods and name it in the entry point group `coro.plugins`.

Everything a plugin says is the shared vocabulary of `coro_cli.domain.snapshot`; finding events in it, judging waits and
keeping positions is done once for all hosts (`coro_cli.polling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable
from urllib.parse import urlsplit

from coro_cli.domain.parse_ref import Ref, Site
from coro_cli.domain.snapshot import Snapshot
from coro_cli.errors import CoroError
from coro_cli.plugins.protocol import Asks, Response


@dataclass(frozen=True, slots=True)
class Settings:
    """One `[plugins.NAME]` block, resolved. options: the keys that only this kind knows.

    parallel: how many requests it may be sent at once.
    """

    name: str
    kind: str
    api_url: str
    web_url: str
    token: str = field(default="", repr=False)
    user: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    parallel: int = 1

    @property
    def host(self) -> str:
        """`host:port` of its pages, for keys: one number may exist on two instances."""
        return urlsplit(self.web_url).netloc


@dataclass(frozen=True, slots=True)
class Watched:
    """A ref to look at. since: nothing older is of interest (host time).

    native: what the host wants to be asked by, once it is known. family: empty until then. scope: the name its
    repository or project goes by now, where that is not the ref's any more. looked_at: the last look, by the host's clock.
    checks, restless: whether checks are waited for, or what else moves without moving the object's own time (conflicts,
    resolved threads). threads: whether it is resolved threads that are waited for. quick: only that is asked, for nothing
    says that the object changed; `previous` is there then.
    known: at the look that a wait starts from, what was seen before; it goes on from nothing all the same.
    """

    ref: Ref
    native: str = ""
    family: str = ""
    since: float = 0.0
    checks: bool = False
    restless: bool = False
    threads: bool = False
    quick: bool = False
    scope: str = ""
    looked_at: float | None = None
    previous: Snapshot | None = None
    known: Snapshot | None = None

    @property
    def place(self) -> str:
        """The scope to ask for it in."""
        return self.scope or self.ref.scope


@dataclass(frozen=True, slots=True)
class Changes:
    """What the change detector of one scope says. marks: a text per ref (`str(ref)`) that differs when the object changed.

    cursor: what to start the next detection from; None leaves it. unknown: refs the detector cannot speak for, which are
    then looked at whole. notes: what of the answer made no sense.
    """

    marks: Mapping[str, str] = field(default_factory=dict)
    cursor: str | None = None
    unknown: Sequence[str] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What a look brought: snapshots, and for the others a sentence why not. gone: the host denies that it exists.

    A ref may be in both: it was read, but for something in it that is not understood. ended: what kept the look from
    going on (a limit, a host that fails); what was read before is good. notes: what went wrong on the way to the snapshots.
    """

    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    gone: Sequence[str] = ()
    ended: CoroError | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook delivery means: which refs to look at, and (for use without credentials) what it says itself.

    natives: what the host itself calls objects (`Snapshot.native`), for those that it names without a ref, or by one
    that is no longer the one that is watched. scopes: repositories of which any object may be meant (a commit status
    names none). event: the host's own word, for the log. delivery: the host's id of the delivery, the same when it is
    sent again. loose: what `snapshots` tell has another key at the API, whose id is in no payload; so it counts only
    where there is no token to ask the API with, or both would wake.
    """

    refs: Sequence[Ref] = ()
    event: str = ""
    delivery: str = ""
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    natives: Sequence[str] = ()
    scopes: Sequence[str] = ()
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Descriptor:
    """How a host signs what it sends (contract, section 9).

    algorithm: `hmac-sha256`, `hmac-sha1` or `none`. format: `sha256=<hex>`, `sha1=<hex>`, `<hex>`, `<plain>` or
    `v1,<base64>`. delivery, event: the headers that hold the delivery's id and the event's name. weaker: descriptors
    that are only accepted while no secret of this stronger one is configured. window: seconds a signed time may be off.
    timestamp: where a signed time stands (`body:webhookTimestamp`, in milliseconds).
    """

    algorithm: str
    header: str = ""
    format: str = ""
    path_suffix: str = ""
    delivery: str = ""
    event: str = ""
    weaker: tuple[Descriptor, ...] = ()
    window: float | None = None
    timestamp: str = ""


@runtime_checkable
class Plugin(Protocol):
    """One configured instance of one kind of host."""

    kind: ClassVar[str]
    descriptor: ClassVar[Descriptor]
    settings: Settings

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """`api_url`, `web_url` and `token_env` (comma-separated) of the public host; empty where there is none."""
        ...

    def site(self) -> Site:
        """Its name, kind and browser root."""
        ...

    def headers(self) -> dict[str, str]:
        """What goes with every request, credentials included."""
        ...

    def refusal(self, response: Response, now: float) -> Exception | None:
        """Limited, Denied, Gone, Broken or Overloaded where the answer means that; None where it is an answer."""
        ...

    def budget(self, response: Response, now: float) -> dict[str, float]:
        """`limit`, `remaining`, `reset_at` (our clock) where the answer tells; may be empty."""
        ...

    def whoami(self) -> Asks[str]:
        """The login of the credentials; raises Denied where they are not good."""
        ...

    def find(self, watched: Watched) -> Asks[Snapshot]:
        """The object as it is now, found by its ref alone. Raises Gone."""
        ...

    def changes(self, scope: str, watched: Sequence[Watched], cursor: str | None) -> Asks[Changes]:
        """The cheapest question that tells which of the watched objects of one scope changed.

        `Watched.previous` is there, unless the class has `detects_alone = True`: reading thousands of last looks in
        order to ask one question takes longer than the question.
        """
        ...

    def look(self, watched: Sequence[Watched]) -> Asks[Look]:
        """The objects themselves, in as few requests as the host allows.

        At most `batch` are asked for at once, where the class has such a number: as many as one question holds.
        """
        ...

    def mark(self, snapshot: Snapshot) -> str:
        """The mark that `changes` would give for this very state."""
        ...

    def read_delivery(self, headers: Mapping[str, str], body: bytes) -> Hint:
        """What a verified delivery is about. Raises Broken for a body that is none of the host's."""
        ...
