"""Pasted addresses, and hosts whose certificate nobody else vouches for."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from desks import an_hour_ago, client_at, desk_of
from world_gitea import REPOSITORY, GiteaWorld
from world_gitlab import PROJECT, GitLabWorld

from coro_cli.errors import Unreachable
from coro_cli.plugins import registry
from coro_cli.plugins.base import Settings
from coro_cli.plugins.client import Client
from tests.simulated.gitea import GiteaHost
from tests.simulated.gitlab import GitLabHost


@pytest.mark.parametrize("tail", ["", "/diffs?commit_id=1#note_2", "/pipelines"])
def test_a_pasted_address_of_gitlab_parks(tail: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with GitLabHost() as host, desk_of(GitLabWorld(host), tmp_path, monkeypatch) as desk:
        an_hour_ago(host, PROJECT), host.issue(PROJECT)
        for page, ref in (("merge_requests/1", "!1"), ("issues/1", "#1")):
            parked = desk.park(f"{host.url}/{PROJECT}/-/{page}{tail}", "commented")
            assert parked.job["waits"][0]["refs"] == [f"gitlab:{PROJECT}{ref}"]


@pytest.mark.parametrize("tail", ["", "/files#diff-1", "#issuecomment-4"])
def test_a_pasted_address_of_gitea_parks(tail: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with GiteaHost() as host, desk_of(GiteaWorld(host), tmp_path, monkeypatch) as desk:
        an_hour_ago(host, REPOSITORY), host.issue(REPOSITORY)
        for page, ref in (("pulls/1", "#1"), ("issues/2", "#2")):
            parked = desk.park(f"{host.url}/{REPOSITORY}/{page}{tail}", "commented")
            assert parked.job["waits"][0]["refs"] == [f"gitea:{REPOSITORY}{ref}"]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key in the same file."""
    file = tmp_path / "own.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=own", "-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run(
            [*words, "-keyout", str(file), "-out", str(tmp_path / "cert.pem")],
            check=True, capture_output=True, timeout=30,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl to make a certificate with")
    file.write_text(file.read_text() + (tmp_path / "cert.pem").read_text())
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[GitLabHost]:
    """The simulated GitLab behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with GitLabHost() as host:
        assert host._wire is not None
        host._wire.socket = context.wrap_socket(host._wire.socket, server_side=True)
        host.url = host.url.replace("http://", "https://")
        yield host


def test_a_certificate_that_nobody_vouches_for_is_refused_and_the_way_out_is_not_to_look_away(secure: GitLabHost) -> None:
    with client_at("gitlab", secure) as client, pytest.raises(Unreachable, match="certificate"):
        client.drive(client.plugin.whoami())


def test_the_ca_file_of_the_configuration_vouches_for_it(secure: GitLabHost, tmp_path: Path) -> None:
    settings = Settings("gitlab", "gitlab", secure.api_url, secure.url, secure.token, options={"ca_file": str(tmp_path / "cert.pem")})
    client = Client(registry.make(settings))
    assert client.drive(client.plugin.whoami()) == "me"
    client.close()


def test_a_ca_file_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "wrong.pem"
    file.write_text("no certificate")
    client = Client(registry.make(Settings("gitlab", "gitlab", "https://127.0.0.1:1/api/v4", "", "t", options={"ca_file": str(file)})))
    with pytest.raises(Unreachable, match=r"ca_file.*wrong\.pem"):
        client.drive(client.plugin.whoami())
    client.close()
