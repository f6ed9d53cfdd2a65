"""Parking as a command asks for it: everything checked, one first look at the host, then the store. One sentence for each refusal."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from coro_cli.domain import diff, events, states
from coro_cli.domain.diff import remembering
from coro_cli.domain.durations import parse_duration, parse_when
from coro_cli.domain.events import Event
from coro_cli.domain.parse_ref import parse
from coro_cli.domain.ref import Ref
from coro_cli.errors import Conflict, CoroError, StoreError, Unavailable, Unreachable, UsageError, show
from coro_cli.plugins.base import Watched
from coro_cli.plugins.protocol import Denied
from coro_cli.polling import plugin_set
from coro_cli.polling.plugin_set import Fleet, Member
from coro_cli.polling.unavailable import MARK
from coro_cli.polling.watching import RESTLESS
from coro_cli.running.launch import is_of_the_park
from coro_cli.store import parking, rows, views
from coro_cli.store.database import Database
from coro_cli.store.parking import JobSpec, Seen, WaitSpec
from coro_cli.system import regex

# Answers of a host's replicas lag, and hosts cut their times: two looks overlap.
OVERLAP = 120.0


@dataclass(slots=True)
class FirstLook:
    """What was found. refs: under the names the host itself uses. unseen: why a ref could not be looked at, by ref.

    since: by ref, from when on (host time) what is shown is news to a new wait.
    """

    refs: list[Ref] = field(default_factory=list)
    looks: dict[str, Seen] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)
    skew: float = 0.0


def first_look(
    db: Database, plugins: Fleet, refs: Sequence[Ref], *, since: float, check: bool, checks: bool, must_reach: bool = True
) -> FirstLook:
    """Look at each ref. since: by our clock; edges from there on are wanted.

    A stub's refs are taken on trust. A ref that is not there raises NotFound, a host that does not answer Unreachable
    (unless the wait belongs to a running job: that one must not be lost to a moment without network).
    """
    found = FirstLook()
    for ref in refs:
        member = plugins.member(ref.plugin)
        found.skew = found.skew or _known_skew(db, ref.plugin)
        if not check:
            found.refs.append(ref)
            continue
        try:
            _look(db, member, ref, found, since=since, checks=checks)
        except Unavailable as error:
            found.refs.append(ref)
            found.unseen[str(ref)] = _reason(error, member)
            if not isinstance(error, Denied) or error.whole:
                with db.transaction():
                    plugin_set.remember(db, member, state="stub", reason=found.unseen[str(ref)])
        except Unreachable as error:
            if must_reach:
                raise _with_hint(error) from error
            found.refs.append(ref)
            found.unseen[str(ref)] = error.message
    return found


def _look(db: Database, member: Member, ref: Ref, found: FirstLook, *, since: float, checks: bool) -> None:
    plugin, client = member.ready()
    plugin_set.introduce(db, member)
    skew = client.skew or 0.0
    known = rows.snapshot(db.one("object_get", ref=str(ref)))
    wanted = since + skew
    if known is not None and db.one("ref_watched", ref=str(ref)) is not None:
        # Our look becomes the last look for those who wait already: it must reach back to the one before it.
        wanted = min(wanted, (known.looked_at if known.read_to is None else known.read_to) - OVERLAP)
    watched = Watched(ref=ref, family=ref.family, since=wanted, checks=checks, known=known)
    asked = time.time()
    snapshot = client.drive(plugin.find(watched))
    skew = client.skew or 0.0
    named = replace(ref, scope=snapshot.renamed_to or ref.scope, family=snapshot.family)
    text = str(named)
    found.skew = skew
    found.refs.append(named)
    found.looks[text] = Seen(member.name, snapshot, plugin.mark(snapshot), asked)
    found.since[text] = float(int(since + skew))
    with db.transaction():
        plugin_set.remember(db, member)


def news(db: Database, look: FirstLook) -> Iterator[Event]:
    """What the looks bring that is news, to the new wait or to those that were there.

    Consume it in the park's transaction: a poll may have been quicker, and what both have found must have one key.
    """
    for ref, seen in look.looks.items():
        before = parking.last_look(db, ref, seen)
        present = remembering(before, seen.snapshot)
        found = {e.key: e for e in diff.found(None, present, ref, since=look.since[ref])}
        if before is not None:
            found |= {e.key: e for e in diff.found(before, present, ref, since=0.0)}
        yield from (replace(e, source="park") for e in found.values())


def _known_skew(db: Database, plugin: str) -> float:
    """The host's clock less ours, as earlier answers told: a wait that begins without a look begins by that clock too."""
    row = db.one("plugin_get", name=plugin)
    return float(row["skew"]) if row is not None else 0.0


def _reason(error: CoroError, member: Member) -> str:
    return error.message.removeprefix(f"{member.name} is unavailable: ")


def _with_hint(error: CoroError) -> CoroError:
    error.hint = error.hint or "try again, or park without looking: --no-check"
    return error


# From a park as typed to a park in the store: everything checked first, one sentence for each mistake.


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A sign-in name of an Azure DevOps Server holds a backslash.
_LOGIN = re.compile(r"[\w.@+\[\]:{}\\-]{1,200}")
TEXT_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of `coro park`. began: when it was called, by our clock."""

    refs: Sequence[str]
    on: Sequence[str]
    all: bool
    only: bool
    at_head: bool
    who: str
    match: str
    since: str | None
    timeout: str | None
    repeat: bool | None
    retries: int | None
    on_interrupt: str | None
    title: str | None
    phase: str | None
    cwd: str
    explicit_cwd: bool
    env: Sequence[str]
    job: str | None
    check: bool
    command: tuple[str, ...] | None
    began: float


@dataclass(slots=True)
class Parked:
    """A job that is parked, as the contract's JSON, with remarks for a person."""

    id: str
    job: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def park(db: Database, fleet: Fleet, asked: Asked) -> Parked:
    """Check everything, look at the refs, park."""
    row = db.one("job_get", id=asked.job) if asked.job else None
    if row is not None and row["state"] in (states.COMPLETED, states.CANCELLED):
        hint = f"park a new job, or start it again: coro resume --job {asked.job} --force"
        raise Conflict(f"job {asked.job} is {row['state']}", hint=hint)
    job = _job(asked)
    regex.check(asked.match)
    since = parse_when(asked.since, time.time()) if asked.since is not None else None
    deadline = time.time() + parse_duration(asked.timeout) if asked.timeout is not None else None
    refs = _refs(db, fleet, asked)
    _patterns(asked.on, refs)  # a mistyped event is told before any host is asked
    for name in {ref.plugin for ref in refs}:
        plugin_set.settle(db, name, fleet.settings.plugins[name].api_url)
    look = _asking_look(db, fleet, asked, refs, since)
    wait = WaitSpec(
        refs=tuple(str(r) for r in look.refs), on=_patterns(asked.on, look.refs), all=asked.all, only=asked.only,
        at_head=asked.at_head, who=_who(asked.who), match=asked.match,
        since=since + look.skew if since is not None else None, deadline=deadline,
    )  # fmt: skip
    return _store(db, asked, job, wait, look)


def _asking_look(db: Database, fleet: Fleet, asked: Asked, refs: list[Ref], since: float | None) -> FirstLook:
    running = db.one("run_live_of_job", job=asked.job) if asked.job else None
    start = running["started_at"] if running is not None else asked.began
    wanted = {events.short_of(p) for p in _patterns(asked.on, refs)}
    return first_look(
        db, fleet, refs, since=since if since is not None else start, check=asked.check,
        checks=bool(wanted & RESTLESS or "*" in wanted), must_reach=asked.job is None,
    )  # fmt: skip


def _store(db: Database, asked: Asked, job: JobSpec, wait: WaitSpec, look: FirstLook) -> Parked:
    now, started = time.time(), asked.began + look.skew
    if asked.job is None:
        identity, done = parking.park_new(
            db, job, wait, look.looks, news(db, look), now=now, started=started, search=regex.search, skew=look.skew
        )
    else:
        identity = asked.job
        done = parking.park_again(
            db, identity, job, wait, look.looks, news(db, look), now=now, started=started, search=regex.search, skew=look.skew
        )
    _tell_unseen(db, identity, look, now)
    row = db.one("job_get", id=identity)
    assert row is not None  # parked above
    warnings = [f"{ref} was not looked at: {MARK}{why}" for ref, why in look.unseen.items()]
    return Parked(identity, views.job_json(db, row), _notes(db, row, identity in done.queued), warnings)


def _tell_unseen(db: Database, identity: str, look: FirstLook, now: float) -> None:
    try:
        for ref, why in look.unseen.items():
            with db.transaction():
                db.run("job_attention", id=identity, attention=f"{MARK}{why}", held=0, now=now)
                db.run("object_error", ref=ref, error=why, gone=0, now=now)
    except StoreError:
        pass  # the job is parked, and must not be reported as if it were not; the next cycle says the same


def _notes(db: Database, row: Any, already: bool) -> list[str]:
    runner = db.one("runner_get")
    alive = runner is not None and time.time() - runner["heartbeat"] < 60
    if row["state"] == states.COMPLETED:
        return ["it is so already: nothing to wait for"]
    told = ["it is so already: the job is queued"] if already or row["state"] == states.QUEUED else []
    return told if alive else [*told, "nothing is looking yet: leave `coro start` running, or call `coro poll`"]


def _refs(db: Database, fleet: Fleet, asked: Asked) -> list[Ref]:
    sites = fleet.sites()
    if not asked.refs and asked.job:
        last = db.one("wait_last", job=asked.job)
        texts: Sequence[str] = rows.wait(last).refs if last is not None else ()
    else:
        texts = asked.refs
    if not texts:
        raise UsageError("name what to wait for", hint="coro park https://github.com/acme/api/pull/42 --on approved -- ./ship.sh")
    if len(texts) > 100:
        raise UsageError("a wait takes at most 100 refs", hint="park several jobs")
    here = None
    texts = [t.strip() for t in texts]
    if any(t == "." or t[:1] in ("#", "!") for t in texts):
        from coro_cli.jobs import checkout  # asks git: only for the short forms

        here = checkout.from_checkout(fleet, asked.cwd, branch_wanted="." in texts)
    found: dict[str, Ref] = {}
    for text in texts:
        try:
            ref = parse(text, sites, here=here)
        except UsageError as error:
            error.hint = _misplaced(text, after=bool(found), command=asked.command) or error.hint
            raise
        found.setdefault(ref.folded, ref)
    return list(found.values())


def _misplaced(text: str, *, after: bool, command: tuple[str, ...] | None) -> str | None:
    """What a word that is no ref was meant as: an event after a comma and a blank, a command without its `--`."""
    if after and any(text in shorts for shorts in events.FAMILIES.values()):
        return f"no blanks between events: --on approved,{text}"
    return "a command stands after `--`: coro park REF --on approved -- ./ship.sh" if after and command is None else None


def _patterns(on: Sequence[str], refs: Sequence[Ref]) -> tuple[str, ...]:
    families = sorted({r.family for r in refs if r.family}, reverse=True)
    if any(not r.family for r in refs):
        families = []  # a number may be either until the host is asked
    typed = [p for text in on for p in text.split(",") if p.strip()]
    if on and not typed:
        raise UsageError("`--on` names no event", hint="all names: coro guide events")
    if not typed:
        return tuple(p for f in families or (events.PULL_REQUEST, events.ISSUE) for p in events.DEFAULT_ON[f])
    full = [p for text in typed for p in events.expand(text, families)]
    return tuple(dict.fromkeys(full))


def _job(asked: Asked) -> JobSpec:
    if asked.on_interrupt not in (None, "hold", "rerun"):
        problem = f"`--on-interrupt` is `hold` or `rerun`, not `{show(asked.on_interrupt or '')}`"
        raise UsageError(problem, hint="hold waits for you; rerun starts it again")
    for name, text in (("--title", asked.title), ("--phase", asked.phase)):
        if text is not None and (len(text) > TEXT_LIMIT or "\x00" in text):
            raise UsageError(f"`{name}` takes at most {TEXT_LIMIT} characters")
    cwd = os.path.abspath(asked.cwd)
    if not os.path.isdir(cwd):
        raise UsageError(f"there is no directory `{cwd}`", hint="name another one with --cwd")
    if asked.command:
        _check_command(asked.command, cwd)
    return JobSpec(
        command=asked.command, cwd=cwd if asked.command or asked.explicit_cwd or not asked.job else None,
        env=_environment(asked.env, keep=asked.command is not None or asked.job is None), title=asked.title, phase=asked.phase,
        repeat=asked.repeat, retries=asked.retries, on_interrupt=asked.on_interrupt,
    )  # fmt: skip


def _check_command(command: tuple[str, ...], cwd: str) -> None:
    import shutil

    program = command[0]
    if any("\x00" in word for word in command):
        raise UsageError("the command holds a NUL byte")
    path = os.path.join(cwd, program) if os.sep in program else program
    if shutil.which(path) is not None:
        return
    if os.path.isdir(path) and os.sep in program:
        raise UsageError(f"the command `{show(program)}` is a directory", hint="name a program in it")
    exists = os.path.exists(path)
    hint = f"make it executable: chmod +x {show(program)}" if exists else "check its name and PATH"
    if not exists and len(command) == 1 and " " in program:
        hint = f"no shell reads it: -- sh -c '{show(program)}'"
    raise UsageError(f"the command `{show(program)}` {'is not executable' if exists else 'was not found'}", hint=hint)


def _environment(named: Sequence[str], *, keep: bool) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if is_of_the_park(k)} if keep else {}
    for text in named:
        name, given, value = text.partition("=")
        if not _NAME.fullmatch(name):
            hint = "--env NAME keeps its present value, --env NAME=VALUE sets it"
            raise UsageError(f"`--env {show(name)}` is not a variable's name", hint=hint)
        if name.startswith("CORO_"):
            raise UsageError(f"`{name}` is coro's own variable", hint="choose another name")
        if not given and name not in os.environ:
            raise UsageError(f"`{name}` is not set here", hint=f"--env {name}=VALUE")
        kept[name] = value if given else os.environ[name]
    return kept


def _who(who: str) -> str:
    if not _LOGIN.fullmatch(who):
        raise UsageError("`--from` takes trusted, anyone, self or one login", hint="--from anyone")
    return who.removeprefix("@")
