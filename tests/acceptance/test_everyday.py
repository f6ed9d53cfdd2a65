"""Setting up and keeping healthy: init, doctor, config, service, notices, the manual."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from pathlib import Path

import pexpect
import pytest
from helpers import COMMAND, Coro, until

from coro_cli.drills.host.github import GitHubHost

# ── init


def test_init_finds_the_token_tries_it_and_says_what_to_do_next(coro: Coro) -> None:
    done = coro("init", "--yes")
    assert done.code == 0, done.err
    assert "token from SIM_TOKEN" in done.out
    assert "coro park" in done.err


def test_init_without_any_token_exits_4_and_says_where_it_looked(coro: Coro, tmp_path: Path) -> None:
    done = coro("init", "--yes", env={"SIM_TOKEN": None, "HOME": str(tmp_path)})
    assert done.code == 4
    assert "SIM_TOKEN" in done.out


def test_init_asks_about_an_unknown_remote_and_writes_the_answer(coro: Coro) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=coro.cwd, check=True)
    subprocess.run(["git", "remote", "add", "origin", "https://gitlab.acme.example/team/api.git"], cwd=coro.cwd, check=True)
    person = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "init"], env=coro.environment({"TERM": "xterm"}), cwd=str(coro.cwd), timeout=20)
    person.expect("which kind of host is gitlab.acme.example")
    person.sendline("")  # what was guessed is right
    person.expect("the API of gitlab.acme.example")
    person.sendline("http://127.0.0.1:9/api/v4")
    person.expect("where is the token of gitlab-acme-example")
    person.sendline("glpat-" + "looks_like_a_token_itself_0123456789abcdef")
    person.expect("never type the token itself")
    person.sendline("ACME_TOKEN")
    person.expect(pexpect.EOF)
    person.close()
    assert coro("config", "get", "plugins.gitlab-acme-example.api_url").out == "http://127.0.0.1:9/api/v4\n"
    written = (coro.home / "config.toml").read_text()
    assert 'token_env = "ACME_TOKEN"' in written and "glpat" not in written


def test_init_with_yes_sets_up_every_remote_whose_host_tells_its_kind(coro: Coro) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=coro.cwd, check=True)
    for name, url in (
        ("lab", "https://gitlab.com/team/api.git"), ("tea", "ssh://git@gitea.acme.example:2222/team/api.git"),
        ("odd", "https://git.acme.example/team/api.git"), ("here", "/srv/git/api.git"),
    ):  # fmt: skip
        subprocess.run(["git", "remote", "add", name, url], cwd=coro.cwd, check=True)
    found = {(line["name"], line["status"]) for line in coro.json("init", "--yes")["found"]}
    assert found >= {("gitea", "written"), ("gitea", "missing"), ("gitlab", "missing"), ("git.acme.example", "missing"), ("github", "ok")}
    assert coro("config", "get", "plugins.gitea.api_url").out == "https://gitea.acme.example/api/v1\n"
    before = (coro.home / "config.toml").read_text()
    coro("init", "--yes")
    assert (coro.home / "config.toml").read_text() == before


def test_init_where_no_host_answers_exits_6(coro: Coro, tmp_path: Path) -> None:
    coro("config", "set", "plugins.github.api_url", "http://127.0.0.1:9/api/v3")
    done = coro("init", "--yes")
    assert done.code == 6 and "cannot be reached" in done.out and "coro init again" in done.err


def test_ctrl_c_at_a_prompt_exits_130_and_writes_nothing(coro: Coro) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=coro.cwd, check=True)
    subprocess.run(["git", "remote", "add", "origin", "https://gitlab.acme.example/team/api.git"], cwd=coro.cwd, check=True)
    before = (coro.home / "config.toml").read_text()
    person = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "init"], env=coro.environment({"TERM": "xterm"}), cwd=str(coro.cwd), timeout=20)
    person.expect("which kind of host")
    person.sendintr()
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 130
    assert (coro.home / "config.toml").read_text() == before


# ── doctor


def checks(coro: Coro, *args: str, code: int = 0, **options: object) -> dict[str, tuple[str, str]]:
    """Status and text of each check by its name; of several with one name the worst."""
    rank = {"ok": 0, "warning": 1, "failed": 2}
    found: dict[str, tuple[str, str]] = {}
    for check in coro.json("doctor", *args, code=code, **options)["checks"]:  # type: ignore[arg-type]
        if check["name"] not in found or rank[check["status"]] > rank[found[check["name"]][0]]:
            found[check["name"]] = (check["status"], check["text"])
    return found


def test_doctor_finds_a_healthy_home_healthy(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    coro("park", "github:acme/api#42", "--", "true")
    with coro.running("--interval", "1s") as runner:
        runner.wait_for("cycle")
        found = checks(coro)
    assert {status for status, _ in found.values()} == {"ok"}, found
    assert "requests left" in found["github"][1]


def test_doctor_names_a_refused_token_and_exits_1(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    coro("park", "github:acme/api#42", "--", "true")
    host.revoke()
    found = checks(coro, code=1)
    assert found["github"][0] == "failed" and "401" in found["github"][1]
    assert found["runner"] == ("warning", "none runs, and 1 job waits")


def test_doctor_names_the_line_of_an_unreadable_configuration(coro: Coro) -> None:
    (coro.home / "config.toml").write_text("[poll\ninterval = 1\n")
    assert "line 1" in checks(coro, code=1)["config"][1]


def test_doctor_mends_open_permissions_with_fix(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    coro("park", "github:acme/api#42", "--", "true")
    store = coro.home / "coro.db"
    store.chmod(0o644)
    coro.home.chmod(0o700)
    assert checks(coro)["permissions"][0] == "warning"
    assert "mended" in checks(coro, "--fix")["permissions"][1]
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


def test_doctor_closes_a_configuration_that_shows_its_token_to_others(coro: Coro) -> None:
    path = coro.home / "config.toml"
    path.write_text(path.read_text() + '\n[plugins.work]\nkind = "github"\napi_url = "https://git.acme.dev/api/v3"\ntoken = "t0ps3cret"\n')
    path.chmod(0o644)
    assert "others can read it" in checks(coro, code=1)["config"][1]
    assert "mended" in checks(coro, "--fix")["config"][1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "t0ps3cret" not in coro("doctor", "--json").out


def test_doctor_warns_of_a_budget_that_is_nearly_spent(coro: Coro, host: GitHubHost) -> None:
    host.limit(remaining=100, reset_in=600)
    assert checks(coro)["github"][0] == "warning" and "are left" in checks(coro)["github"][1]


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="systemd is Linux's")
def test_doctor_tells_a_service_that_is_installed_from_one_that_runs(coro: Coro, systemctl: Path, tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "PATH": f"{systemctl.parent}/bin:{os.environ['PATH']}"}
    coro("service", "install", env=env)
    status = [c for c in coro.json("doctor", env=env)["checks"] if c["name"] == "service"]
    assert status[0]["text"].startswith("active: ")
    program = systemctl.parent / "bin" / "systemctl"
    program.write_text("#!/bin/sh\nexit 3\n")
    status = [c for c in coro.json("doctor", env=env)["checks"] if c["name"] == "service"]
    assert status[0]["status"] == "warning" and "not active" in status[0]["text"] and "systemctl --user start coro" in status[0]["mend"]


def test_doctor_reports_a_damaged_store_and_leaves_it_as_it_is(coro: Coro) -> None:
    damaged = b"this is no database" * 100
    (coro.home / "coro.db").write_bytes(damaged)
    assert checks(coro, code=1)["store"][0] == "failed"
    assert (coro.home / "coro.db").read_bytes() == damaged


def test_doctor_warns_of_a_clock_that_is_off(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    host.skew = 3600
    host.advance(3600)
    assert any("clock" in text for _, text in checks(coro).values())


# ── config


def test_a_setting_is_changed_and_comments_stay(coro: Coro) -> None:
    path = coro.home / "config.toml"
    path.write_text("# mine\n" + path.read_text())
    coro("config", "set", "poll.interval", "30s")
    assert path.read_text().startswith("# mine\n")
    assert coro("config", "get", "poll.interval").out == "30s\n"
    shown = {row["key"]: row["origin"] for row in coro.json("config", "show")}
    assert shown["poll.interval"] == "file" and shown["parallel"] == "default"
    assert coro("config", "get", "poll.interval", env={"CORO_POLL_INTERVAL": "5s"}).out == "5s\n"
    coro("config", "unset", "poll.interval")
    assert coro("config", "get", "poll.interval").out == "1m\n"


def test_a_comment_behind_a_value_stays_and_a_link_stays_a_link(coro: Coro, tmp_path: Path) -> None:
    path, kept = coro.home / "config.toml", tmp_path / "dotfiles.toml"
    kept.write_text(path.read_text() + '\n[notify]\n  command = ["say", "#1"]   # loud\n')
    path.unlink()
    path.symlink_to(kept)
    coro("config", "set", "notify.command", '["true"]', "poll.interval", "7s")
    assert path.is_symlink()
    assert coro.json("config", "get", "notify.command")["value"] == ["true"]
    assert "# loud" in kept.read_text() and coro("config", "get", "poll.interval").out == "7s\n"


def test_a_new_plugin_is_set_up_in_one_line_or_not_at_all(coro: Coro) -> None:
    before = (coro.home / "config.toml").read_text()
    half = coro("config", "set", "plugins.work.kind", "gitea")
    assert half.code == 4 and "api_url" in half.err
    assert (coro.home / "config.toml").read_text() == before
    whole = coro("config", "set", "plugins.work.kind", "gitea", "plugins.work.api_url", "https://git.acme.example/api/v1")
    assert whole.code == 0 and coro("config", "get", "plugins.work.kind").out == "gitea\n"
    slip = coro("config", "set", "plugins.work.kind", "gittea")
    assert slip.code == 4 and "did you mean `gitea`?" in slip.err
    assert coro("config", "set", "poll.interval", "5s", "parallel").code == 2


def test_what_is_not_set_is_told_apart_from_what_is_no_setting(coro: Coro) -> None:
    assert "`notify.command` is not set" in coro("config", "get", "notify.command").err
    assert "did you mean `poll.interval`?" in coro("config", "get", "pol.interval").err


@pytest.mark.parametrize(("key", "value"), [("poll.interval", "soon"), ("poll.budget", "2"), ("pol.interval", "1s"), ("parallel", "0")])
def test_a_nonsensical_setting_is_refused_and_nothing_is_written(coro: Coro, key: str, value: str) -> None:
    before = (coro.home / "config.toml").read_text()
    done = coro("config", "set", key, value)
    assert done.code == 4 and done.err.startswith("error: ")
    assert (coro.home / "config.toml").read_text() == before


def test_a_token_is_not_taken_on_the_command_line(coro: Coro) -> None:
    done = coro("config", "set", "plugins.github.token", "ghp_secret")
    assert done.code == 2 and "ghp_secret" not in done.err


def test_an_editor_that_leaves_nonsense_changes_nothing(coro: Coro, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "[poll" > "$1"\n')
    editor.chmod(0o755)
    before = (coro.home / "config.toml").read_text()
    done = coro("config", "edit", env={"EDITOR": str(editor)})
    assert done.code == 4 and "nothing was changed" in done.err
    assert (coro.home / "config.toml").read_text() == before
    refused = coro.home / "config.toml.refused"
    assert refused.read_text() == "[poll\n" and stat.S_IMODE(refused.stat().st_mode) == 0o600 and str(refused) in done.err
    assert coro("config", "edit", env={"EDITOR": "false"}).code == 1


def test_a_running_runner_keeps_the_last_good_configuration_and_says_so(coro: Coro) -> None:
    with coro.running("--interval", "1s") as runner:
        (coro.home / "config.toml").write_text("[poll\n")
        told = runner.wait_for("config", timeout=30)
        assert "kept as it was" in told["message"]
        assert runner.process.poll() is None


# ── service and notices


@pytest.fixture
def systemctl(tmp_path: Path) -> Path:
    """A `systemctl` that only writes down how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/systemctl.log\n')
    program.chmod(0o755)
    return tmp_path / "systemctl.log"


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="systemd is Linux's")
def test_the_service_is_installed_enabled_and_removed(coro: Coro, systemctl: Path, tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "PATH": f"{systemctl.parent}/bin:{os.environ['PATH']}"}
    assert coro("service", "status", env=env).out == "not installed\n"
    done = coro("service", "install", env=env)
    assert "the token of github is in SIM_TOKEN, which the service does not see" in done.err
    unit = tmp_path / "xdg" / "systemd" / "user" / "coro.service"
    text = unit.read_text()
    assert "KillMode=process" in text and f"CORO_HOME={coro.home}" in text and "SIM_TOKEN" not in text
    assert coro("service", "print", env=env).out == text
    assert coro.json("service", "status", env=env)["installed"]
    assert coro("service", "uninstall", env=env).code == 0
    assert not unit.exists()
    assert coro("service", "uninstall", env=env).code == 3
    calls = systemctl.read_text()
    assert "--user enable --now coro.service" in calls and "--user disable --now coro.service" in calls


def test_a_job_that_needs_a_person_raises_one_notice(coro: Coro, host: GitHubHost, tmp_path: Path) -> None:
    told = tmp_path / "told"
    notify = tmp_path / "notify"
    notify.write_text(f'#!/bin/sh\n{{ echo "$CORO_JOB_ID"; cat; }} >> {told}\n')
    notify.chmod(0o755)
    coro("config", "set", "notify.command", f'["{notify}"]')
    pull = host.pull("acme/api", 42, title="$(touch evil)")
    with coro.running("--interval", "1s") as runner:
        job = coro("park", "github:acme/api#42", "--on", "approved", "--", "false").id
        pull.approve("alice")
        runner.wait_for("run-ended", job=job)
        until(lambda: told.exists() and told.read_text().count("\n") >= 2)
    assert told.read_text() == f"{job}\njob {job} has failed: coro explain {job}\n"


# ── the manual


def test_the_guide_lists_its_pages_and_prints_them_as_markdown_into_a_pipe(coro: Coro) -> None:
    assert "waits\t" in coro("guide").out
    assert coro("guide", "waits").out.startswith("# What a job can wait for")
    missing = coro("guide", "wait")
    assert missing.code == 3 and "coro guide waits" in missing.err


def test_the_guide_is_laid_out_on_a_terminal(coro: Coro) -> None:
    reader = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "guide", "exit-codes"], env=coro.environment({"TERM": "xterm"}), dimensions=(60, 60))
    shown = reader.read().decode()
    reader.close()
    assert reader.exitstatus == 0 and "124" in shown and "| code | means |" not in shown


def test_a_store_of_a_newer_version_is_refused_by_every_command(coro: Coro) -> None:
    coro("jobs")
    with sqlite3.connect(coro.home / "coro.db") as newer:
        newer.execute("PRAGMA user_version = 999")
    newer.close()
    done = coro("jobs")
    assert done.code == 1 and "newer coro" in done.err


# ── what was found by using it


def test_the_promise_follows_the_interval_of_the_runner_that_runs(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    coro("park", "github:acme/api#42", "--on", "approved")
    with coro.running("--interval", "2s") as runner:
        runner.wait_for("cycle")
        status = coro.json("status")
        assert status["plugins"]["github"]["interval"] == 2
        assert 2 <= status["detection"]["promised"] < 30
    assert coro.json("status")["detection"]["promised"] >= 60


def test_a_store_that_cannot_be_opened_is_told_by_start_in_one_sentence(coro: Coro) -> None:
    (coro.home / "coro.db").mkdir()
    done = coro("start")
    assert done.code == 1 and done.err.startswith("error: ") and "Traceback" not in done.err


def test_each_run_of_a_job_has_its_number_and_a_failed_job_names_the_next_command(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 42)
    job = coro("park", "github:acme/api#42", "--on", "commented", "--repeat", "--", "true").id
    for number in (1, 2):
        pull.comment("alice", f"number {number}", association="MEMBER")
        coro("poll")
    shown = coro("show", job).out
    assert "run 1, exit 0" in shown and "run 2, exit 0" in shown
    failing = coro("park", "github:acme/api#42", "--on", "approved", "--", "false").id
    coro("resume", "--job", failing)
    assert [step["command"] for step in coro.json()["next"][-3:-1]] == [f"coro logs {failing}", f"coro retry {failing}"]


def test_explain_tells_of_nothing_that_cannot_happen(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    job = coro("park", "github:acme/api#42", "--on", "commented", "--no-check", env={"SIM_TOKEN": "wrong"}).id
    coro("poll")
    [watched] = coro.json("explain", job)["watching"]
    assert [pattern["pattern"] for pattern in watched["patterns"]] == ["pull_request:commented"]
    assert "commented, commented" not in coro("jobs").out


def test_wait_shows_a_person_for_what_and_for_how_long(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    job = coro("park", "github:acme/api#42", "--on", "approved").id
    person = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "wait", job], env=coro.environment({"TERM": "xterm"}), timeout=60)
    person.expect(rf"waiting \d+s: {job} parked \(acme/api#42 approved\)")
    person.sendintr()
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 130
    assert coro("wait", job, "--timeout", "1s").err.startswith("error: not stopped")


@pytest.mark.parametrize("words", ["poll", "poll --plugin github", "doctor", "park github:acme/api#42 --on commented -- true"])
def test_one_call_asks_the_program_that_keeps_the_token_once(coro: Coro, host: GitHubHost, tmp_path: Path, words: str) -> None:
    host.pull("acme/api", 42)
    assert coro("park", "github:acme/api#42", "--on", "commented", "--", "true").code == 0  # there is something to poll
    asked = tmp_path / "asked"
    helper = tmp_path / "helper"
    helper.write_text(f"#!/bin/sh\necho once >> {asked}\nexit 1\n")
    helper.chmod(0o700)
    coro("config", "set", "plugins.github.token_command", f'["{helper}"]')
    coro("config", "unset", "plugins.github.token_env")
    coro(*words.split())
    assert asked.read_text() == "once\n"
