"""What every command shares: the common options, the call it is given, and how its result or error leaves.

A command is a function `(call, …options) -> Result` with the decorator `verb`; it prints nothing and catches nothing.
"""

from __future__ import annotations

import functools
import gc
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from coro_cli.errors import CoroError, Interrupted, UsageError
from coro_cli.output import detect
from coro_cli.output.emit import emit, emit_error
from coro_cli.output.result import Result
from coro_cli.system import paths

if TYPE_CHECKING:
    from coro_cli.domain.ref import Here
    from coro_cli.polling.plugin_set import Fleet
    from coro_cli.store.database import Database


COMMON = ("home", "json", "quiet", "verbose")
Home = Annotated[str | None, typer.Option("--home", metavar="DIR", help="Use this home (CORO_HOME).", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say less.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")]
# What the store can count to is more; nobody means more than this.
MOST = 1_000_000_000
JobOption = Annotated[str | None, typer.Option("--job", metavar="ID", help="The job: its id or the beginning of it.", show_default=False)]
JobArgument = Annotated[str | None, typer.Argument(metavar="[ID]", help="The job: its id or the beginning of it.", show_default=False)]


@dataclass(slots=True)
class Call:
    """One call of one command: where it works and how it is to speak. Everything else is opened on first use."""

    home: paths.Home
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    flags: dict[str, Any] = field(default_factory=dict)
    _db: Database | None = None
    _fleet: Fleet | None = None

    @property
    def db(self) -> Database:
        """The store, opened on first use."""
        if self._db is None:
            from coro_cli.store.database import Database

            self._db = Database(self.home.store)
        return self._db

    @property
    def fleet(self) -> Fleet:
        """The configured plugins."""
        if self._fleet is None:
            from coro_cli import config
            from coro_cli.polling.plugin_set import Fleet

            self._fleet = Fleet(config.load(self.home))
        return self._fleet

    @property
    def home_name(self) -> str:
        """What CORO_HOME is set to for a command: "" where the platform's directories are used."""
        return str(self.home.state) if self.home.state == self.home.config else ""

    def job(self, *named: str | None) -> str:
        """The id of the one job that was named, by option or argument, in full or by a unique prefix."""
        from coro_cli.store import views

        if "" in named:  # `--job "$CORO_JOB_ID"` outside of a job must not mean "no job in particular"
            raise UsageError("the id of the job is empty", hint="is the variable that should hold it set? list the jobs: coro jobs")

        return views.job_id(self.db, *named)

    def ref(self, text: str) -> str:
        """The canonical name of a ref as typed."""
        from coro_cli.domain.parse_ref import parse

        return str(parse(text, self.fleet.sites(), here=self._here(text.strip())))

    def _here(self, text: str) -> Here | None:
        """What the git checkout around us says, where the short forms `#42`, `!7` and `.` need it."""
        if text != "." and text[:1] not in ("#", "!"):
            return None
        from coro_cli.jobs import checkout  # asks git

        return checkout.from_checkout(self.fleet, os.getcwd(), branch_wanted=text == ".")

    def page(self, person: int, program: int) -> int:
        """How many lines of a list are enough where nobody said: fewer for a person at a terminal."""
        return person if detect.is_tty(sys.stdout) and not self.json else program

    def cut(self, is_cut: bool, shown: str) -> tuple[str, ...]:
        """The warning of a list that is not all there is, which a script must not take for all."""
        return (f"only {shown} are listed: --limit N lists more",) if is_cut else ()

    def jobs(self, named: Sequence[str]) -> list[str]:
        """The ids of several jobs that were named, each once, in that order. Raises UsageError for none."""
        if not named:
            raise UsageError("name a job", hint="its id is in the first column of `coro jobs`")
        return list(dict.fromkeys(self.job(name) for name in named))

    def ring(self) -> None:
        """Tell a sleeping runner that there may be work."""
        from coro_cli.running import doorbell

        doorbell.ring(self.home.doorbell)

    def close(self) -> None:
        """Close what was opened."""
        if self._fleet is not None:
            self._fleet.close()
        if self._db is not None:
            self._db.close()


def readable(text: str) -> str:
    """Words of the command line as text: what was typed in another encoding than UTF-8 becomes U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def verb(function: Callable[..., Result]) -> Callable[..., None]:
    """Give a command the common options, and turn its result or error into output and an exit code."""

    @functools.wraps(function)
    def run(ctx: typer.Context, **options: Any) -> None:
        common = {name: options.pop(name) for name in COMMON}
        carry_out(ctx, lambda call: function(call, **options), common)

    hints = get_type_hints(function, include_extras=True)
    own = [p.replace(annotation=hints[p.name]) for p in list(inspect.signature(function).parameters.values())[1:]]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None if name == "home" else False, annotation=kind)
        for name, kind in zip(COMMON, (Home, Json, Quiet, Verbose), strict=True)
    ]
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [context, *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own), *common]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    del run.__wrapped__
    return run


def carry_out(ctx: typer.Context, work: Callable[[Call], Result], common: dict[str, Any]) -> None:
    """Do the work of a command, print what came of it, and end with its exit code."""
    gc.enable()  # the start went without it: see __main__
    call = _call(ctx, common)
    if call.json:  # a command may wait for hours, and the package be upgraded meanwhile
        from coro_cli.output import result  # noqa: F401
    try:
        code = _emit(call, work(call))
    except CoroError as error:
        code = emit_error(error, json=call.json, stdout=sys.stdout, stderr=sys.stderr)
    except KeyboardInterrupt:
        code = interrupted(json=call.json)
    except OSError as error:
        code = emit_error(_told(error), json=call.json, stdout=sys.stdout, stderr=sys.stderr)
    finally:
        call.close()
    raise typer.Exit(code)


def interrupted(*, json: bool) -> int:
    """Ctrl-C: nothing to say to a person but the end of the line that shows `^C`."""
    if json:
        return emit_error(Interrupted(), json=True, stdout=sys.stdout, stderr=sys.stderr)
    if detect.is_tty(sys.stderr):
        sys.stderr.write("\n")
    return Interrupted.exit_code


def _told(error: OSError) -> CoroError:
    """A file that could not be used, where nobody nearer had a better word for it."""
    where = f"`{error.filename}`: " if error.filename else ""
    said = error.strerror or type(error).__name__
    return CoroError(f"{where}{said[:1].lower()}{said[1:]}", hint="check the file, its permissions and the disk")


def _call(ctx: typer.Context, options: dict[str, Any]) -> Call:
    above: dict[str, Any] = {}
    parent = ctx.parent
    while parent is not None:
        above = {**{k: v for k, v in (parent.params or {}).items() if v}, **above}
        parent = parent.parent
    found = {name: options[name] or above.get(name) for name in COMMON}
    try:
        home = paths.find(found["home"])
    except CoroError as error:
        raise typer.Exit(emit_error(error, json=bool(found["json"]), stdout=sys.stdout, stderr=sys.stderr)) from error
    return Call(home, bool(found["json"]), bool(found["quiet"]), bool(found["verbose"]), flags=dict(ctx.meta))


def _emit(call: Call, result: Result) -> int:
    return emit(result, json=call.json, quiet=call.quiet, verbose=call.verbose, stdout=sys.stdout, stderr=sys.stderr, env=os.environ)
