"""Settings: which source wins, what each key may hold, and the sentence for each mistake."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from coro_cli import config
from coro_cli.config import file
from coro_cli.errors import ConfigError
from coro_cli.system.paths import Home

Load = Callable[..., config.Config]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a config.toml of this text, private to its owner."""

    def load(text: str | bytes | None = None, *, mode: int = 0o600, flags: dict[str, object] | None = None, **env: str) -> config.Config:
        file = tmp_path / "config.toml"
        if text is not None:
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
            file.chmod(mode)
        return config.load(Home(tmp_path, tmp_path), env, flags=flags or {})

    return load


def test_without_a_file_every_key_has_its_default(load: Load) -> None:
    settings = load()
    assert (settings.poll_interval, settings.poll_budget, settings.parallel) == (60.0, 0.5, 4)
    assert (settings.keep, settings.notify_command, dict(settings.cloud)) == (30 * 86400.0, (), {})
    assert settings.origin("poll.interval") == "default"
    assert dict(settings.raw) == {}


def test_the_file_sets_every_key(load: Load) -> None:
    settings = load(
        'parallel = 9\n[poll]\ninterval = "2m"\nbudget = 1\n[store]\nkeep = "1w"\n'
        '[notify]\ncommand = ["notify-send", "coro says"]\n[cloud]\nurl = "https://Coro.example.org/"\ntoken = "t"\n'
        'team = "a"\n'
    )
    assert (settings.poll_interval, settings.poll_budget, settings.parallel) == (120.0, 1.0, 9)
    assert (settings.keep, settings.notify_command) == (604800.0, ("notify-send", "coro says"))
    assert dict(settings.cloud) == {"url": "https://coro.example.org", "token": "t", "team": "a"}
    assert {settings.origin(key) for key in ("poll.interval", "parallel", "cloud.url", "cloud.team")} == {"file"}


def test_a_flag_beats_the_environment_which_beats_the_file(load: Load) -> None:
    text = '[poll]\ninterval = "10s"\n'
    assert load(text).poll_interval == 10
    by_env = load(text, CORO_POLL_INTERVAL="20s")
    assert (by_env.poll_interval, by_env.origin("poll.interval")) == (20, "env")
    by_flag = load(text, CORO_POLL_INTERVAL="20s", flags={"poll.interval": "30s", "parallel": None})
    assert (by_flag.poll_interval, by_flag.origin("poll.interval")) == (30, "flag")
    assert by_flag.origin("parallel") == "default"


def test_every_key_has_a_variable(load: Load) -> None:
    settings = load(
        CORO_POLL_BUDGET="0.25", CORO_PARALLEL="2", CORO_STORE_KEEP="3d", CORO_NOTIFY_COMMAND="say 'it is done'",
        CORO_CLOUD_URL="https://coro.example.org", CORO_CLOUD_TOKEN="t",
    )  # fmt: skip
    assert (settings.poll_budget, settings.parallel, settings.keep) == (0.25, 2, 3 * 86400.0)
    assert settings.notify_command == ("say", "it is done")
    assert dict(settings.cloud) == {"url": "https://coro.example.org", "token": "t"}


def test_an_empty_variable_sets_nothing(load: Load) -> None:
    settings = load("parallel = 7", CORO_PARALLEL="")
    assert (settings.parallel, settings.origin("parallel")) == (7, "file")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[poll]\ninterval = "5 hours"', "`poll.interval` must be a duration like `60s`, at least `1s`, not `5 hours`"),
        ("[poll]\ninterval = true", "not `true`"),
        ('[poll]\ninterval = "0.5s"', "not `0.5s`"),
        ("[poll]\ninterval = nan", "not `nan`"),
        ("[poll]\ninterval = 2026-01-01", "not `2026-01-01`"),
        ("[poll]\nbudget = 1.5", "`poll.budget` must be a number above 0, at most 1, not `1.5`"),
        ("[poll]\nbudget = 0", "not `0`"),
        ("[poll]\nbudget = nan", "not `nan`"),
        ('parallel = "many"', "`parallel` must be a whole number from 1 to 256, not `many`"),
        ("parallel = 0", "not `0`"),
        ("parallel = 2.5", "not `2.5`"),
        ("parallel = []", "not an empty list"),
        ('[store]\nkeep = ""', "not empty"),
        ("[notify]\ncommand = [1]", "`notify.command` must be a list"),
        ('poll = "60s"', "`poll` must be a section, not `60s`"),
        ("plugins = 3", "`plugins` must be a section, not `3`"),
        ('[cloud]\nurl = "ftp://a"', "`cloud.url` must be a web address"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(load: Load, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert message in caught.value.message
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('# ours\n[poll]\n\ninterval = "5x"', 4),
        ('[poll]\nintervall = "5s"', 2),
        ("[store]\n\n[pol]\n", 3),
        ("parallel = 0", 1),
        ('poll = "60s"', 1),
        ('[plugins.work]\nkind = "gitlab"\napi_url = "nope"', 3),
        ('[plugins.work]\nkind = "gitlab"\napi_urll = "https://git.acme.dev"', 3),
        ('[plugins."work"]\napi_url = "https://git.acme.dev"', 1),
        ("[plugins]\ngithub = 3", 2),
    ],
)
def test_a_wrong_value_is_named_with_its_line(load: Load, text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert caught.value.message.endswith(f"config.toml`, line {line})")


def test_what_the_environment_says_wrong_is_on_no_line(load: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load('[poll]\ninterval = "5s"', CORO_POLL_INTERVAL="x")
    assert "line" not in caught.value.message


def test_a_section_that_stands_twice_is_named_as_it_is_written(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"line 3, column \d+: cannot declare `plugins\.github` twice"):
        load("[plugins.github]\n\n[plugins.github]\n")


def test_a_wrong_value_is_named_by_where_it_was_set(load: Load) -> None:
    with pytest.raises(ConfigError, match="`CORO_PARALLEL` must be a whole number"):
        load(CORO_PARALLEL="x")
    with pytest.raises(ConfigError, match="`--interval` must be a duration"):
        load(flags={"poll.interval": "soon"})


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[poll]\nintervall = 1", "no key `poll.intervall`", "did you mean `poll.interval`?"),
        ("[poll]\nparallel = 1", "no key `poll.parallel`", "did you mean `parallel`?"),
        ("interval = 1", "no key `interval`", "did you mean `poll.interval`?"),
        ("[pol]\ninterval = 1", "no section `pol`", "did you mean `poll`?"),
        ("[zebra]", "no section `zebra`", "there are `cloud`, `notify`, `plugins`, `poll`, `store`"),
        (
            '[plugins.github]\ntoken_evn = "X"',
            "no key `plugins.github.token_evn`",
            "did you mean `plugins.github.token_env`?",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(load: Load, text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert message in caught.value.message
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[poll]\ninterval = 60s\n", "at line 2, column 14"),
        (b"[poll]\ninterval = \"60s", "line 2, column 16"),
        (b"[poll]\n[poll]\n", "at line 2, column 6"),
        (b"[poll]\n# caf\xe9\n", "is not UTF-8 at line 2"),
        (b"x = " + b"[" * 20000, "out of all bounds"),
        (b"x = " + b"9" * 20000, "out of all bounds"),
        (b"x" * (1024 * 1024 + 1), "larger than 1 MB"),
    ],
)  # fmt: skip
def test_what_is_no_toml_is_told_with_file_and_place(load: Load, tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(data)
    assert message in caught.value.message
    assert str(tmp_path / "config.toml") in caught.value.message


def test_a_byte_order_mark_and_windows_lines_do_no_harm(load: Load) -> None:
    assert load(b"\xef\xbb\xbfparallel = 3\r\n[poll]\r\ninterval = 5\r\n").parallel == 3


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), os.mkfifo, lambda p: p.symlink_to(p)])
def test_what_is_no_plain_file_is_refused_at_once(load: Load, tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_leave_to_read_it_is_a_sentence(load: Load) -> None:
    with pytest.raises(ConfigError, match="cannot be read: permission denied"):
        load("parallel = 1", mode=0)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[plugins.github]\ntoken = "hush"', "plugins.github.token"),
        ('[cloud]\ntoken = "hush"', "cloud.token"),
        (
            '[plugins.work]\nkind = "other"\n[plugins.work.login]\nclient_secret = "hush"',
            "plugins.work.login.client_secret",
        ),
    ],
)
def test_a_secret_in_a_file_that_others_can_read_is_refused(load: Load, tmp_path: Path, mode: int, text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text, mode=mode)
    assert f"holds `{key}`" in caught.value.message
    assert "hush" not in caught.value.message
    assert caught.value.hint == f"run `chmod 600 {tmp_path / 'config.toml'}`"


def test_without_secrets_anybody_may_read_the_file(load: Load) -> None:
    load('[plugins.github]\ntoken_env = "X"\n[plugins.token]\nkind = "github"', mode=0o644)


def test_explaining_shows_origins_and_no_secrets(load: Load) -> None:
    settings = load(
        '[poll]\ninterval = "90s"\n[cloud]\nurl = "https://c.example.org"\ntoken = "hush"\n'
        '[plugins.github]\ntoken = "hush"\n[plugins.own]\nkind = "third"\napi_url = "https://x.example.org"\n'
        'login = { api_key = "hush", name = "me" }\n',
        CORO_PARALLEL="3",
    )
    rows = {key: (value, origin) for key, value, origin in config.explain(settings)}
    assert rows["poll.interval"] == ("90s", "file")
    assert rows["store.keep"] == ("30d", "default")
    assert rows["parallel"] == (3, "env")
    assert rows["cloud.token"] == ("********", "file")
    assert rows["plugins.github.token"] == ("********", "file")
    assert rows["plugins.github.api_url"] == ("https://api.github.com", "default")
    assert rows["plugins.own.login"] == ({"api_key": "********", "name": "me"}, "file")
    assert "hush" not in str(rows)


def test_printing_the_settings_prints_no_secret(load: Load) -> None:
    settings = load('[cloud]\ntoken = "hush"\n[plugins.github]\ntoken = "hush"\nwebhook_secret = "hush"\n')
    assert settings.plugins["github"].token == "hush"
    assert "hush" not in repr(settings)


def test_reading_settings_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from coro_cli import config; from coro_cli.system import paths;"
        "config.load(paths.Home(Path(sys.argv[1]), Path(sys.argv[1])), {});"
        "print([m for m in ('tomllib','difflib','subprocess','httpx','typer','rich','shlex') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text("parallel = 3\n")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="cannot be written: No space left"):
        file.replace(path, "parallel = 4\n")
    assert [file.name for file in tmp_path.iterdir()] == ["config.toml"] and path.read_text() == "parallel = 3\n"


def test_a_file_that_is_no_text_is_not_edited_either(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"# ours\n[poll]\ninterval = \"\xff\"\n")
    with pytest.raises(ConfigError, match="is not UTF-8 at line 3"):
        file.drop(path, "poll.interval")
