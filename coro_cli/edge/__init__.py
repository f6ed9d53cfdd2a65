"""Team mode: verified deliveries in PostgreSQL, relayed to the team's runners. Behind the `edge` extra."""

from __future__ import annotations

from coro_cli.errors import ConfigError

# Is the `edge` extra there? Asked before anything of it is used, so that its absence is a sentence and no traceback.


SERVER = ("psycopg", "cryptography", "starlette", "uvicorn", "websockets")
ADMIN = ("psycopg", "cryptography")
RUNNER = ("websockets",)


def need(packages: tuple[str, ...]) -> None:
    """Raise ConfigError (exit code 4) if one of them cannot be found."""
    from importlib.util import find_spec

    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise ConfigError(f"team mode needs {', '.join(f'`{name}`' for name in missing)}", hint="pip install 'coro-cli[edge]'")
