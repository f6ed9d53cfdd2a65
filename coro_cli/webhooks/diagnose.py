"""Why does a signature not fit? Tries the accidents that happen to bodies and secrets on their way, and names the one it was.

For a person at a terminal only: it costs dozens of MACs, so no receiver calls it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote_plus

from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import signature
from coro_cli.webhooks.signature import Headers, Secret, Verdict, told
from coro_cli.webhooks.verify import verify

LARGEST = 4 * 1024 * 1024
# To write JSON in all its styles takes far longer than a MAC.
WRITTEN_ANEW = 512 * 1024
_CHANGED = "the body was changed after signing: "
# Go and Ruby on Rails write these in JSON so (Gitea, GitLab); most others that write it anew do not.
_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_KNOWN = (
    ("X-Hub-Signature-256", "github"), ("X-Hub-Signature", "bitbucket or jira"), ("X-Gitea-Signature", "gitea"),
    ("X-Gitlab-Token", "gitlab"), ("webhook-signature", "gitlab"), ("Linear-Signature", "linear"),
    ("X-Redmine-Signature-256", "redmine"),
)  # fmt: skip


def explained(
    verdict: Verdict, descriptor: Descriptor, secrets: Sequence[Secret], headers: Headers, body: bytes, *, now: float
) -> Verdict:
    """The same verdict with the most helpful advice that can be found."""
    if verdict.valid:
        return verdict
    found = ""
    if verdict.reason == "mismatch" and len(body) <= LARGEST:
        found = _accident(descriptor, secrets, headers, body, now) or _guess(body)
    if found.startswith(_CHANGED):
        verdict = replace(verdict, reason="changed-body", message=told("changed-body")[0])
    if verdict.reason == "no-signature":
        found = _other_host(headers, descriptor)
    return replace(verdict, advice=found) if found else verdict


def _accident(descriptor: Descriptor, secrets: Sequence[Secret], headers: Headers, body: bytes, now: float) -> str:
    def fits(secrets: Sequence[Secret], body: bytes) -> bool:
        return verify(descriptor, secrets, headers, body, now=now).authentic

    for what, other in _bodies(body):
        if other != body and fits(secrets, other):
            return _CHANGED + what
    for what, others in _secrets(secrets):
        if fits(others, body):
            return what
    return ""


def _bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    """What the body may have been when it was signed, and what happened since."""
    yield "a line end was added (an editor or `echo` does that)", body.removesuffix(b"\n").removesuffix(b"\r")
    yield "its last line end was cut off", body + b"\n"
    yield "its last line end was cut off", body + b"\r\n"
    yield "white space was added around it", body.strip()
    yield "its line ends became CRLF", body.replace(b"\r\n", b"\n")
    yield "its line ends became LF", body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield "a byte order mark was put before it", body.removeprefix(b"\xef\xbb\xbf")
    yield from _recoded(body)
    yield from _forms(body)
    for other in _serialised(body):
        yield "it parses as the same JSON, but its bytes differ; was it re-serialised by a proxy or a framework?", other


def _recoded(body: bytes) -> Iterator[tuple[str, bytes]]:
    for before, after in (("latin-1", "utf-8"), ("utf-8", "latin-1")):
        try:
            yield f"its {before.upper()} text was encoded anew as {after.upper()}", body.decode(after).encode(before)
        except UnicodeError:
            continue


def _forms(body: bytes) -> Iterator[tuple[str, bytes]]:
    if body.startswith(b"payload="):
        said = "the host signs the JSON inside the form; choose `application/json` in the webhook's settings"
        yield said, parse_qs(body.decode("utf-8", "replace")).get("payload", [""])[0].encode()
    else:
        said = "it came as a form (`payload=…`) and was unpacked; choose `application/json` in the webhook's settings"
        yield said, b"payload=" + quote_plus(body).encode()


def _serialised(body: bytes) -> Iterator[bytes]:
    """How common programs would have written the same JSON."""
    if len(body) > WRITTEN_ANEW:
        return
    try:
        value: Any = json.loads(body)
        for style in _styles():
            written = json.dumps(value, **style)
            yield written.encode()
            if any(letter in written for letter in "<>&\u2028\u2029"):
                yield written.translate(_ESCAPED).encode()
    except (ValueError, RecursionError):
        return


def _styles() -> Iterator[dict[str, Any]]:
    for ascii_only in (False, True):
        for spread in ((",", ":"), (", ", ": "), (",", ": ")):
            for ordered in (False, True):
                yield {"separators": spread, "ensure_ascii": ascii_only, "sort_keys": ordered}
        for indent in (2, 4):
            yield {"separators": (",", ": "), "ensure_ascii": ascii_only, "indent": indent}


def _secrets(secrets: Sequence[Secret]) -> Iterator[tuple[str, list[Secret]]]:
    def each(change: Any) -> list[Secret]:
        return [replace(s, value=new) for s in secrets if (new := change(s.value)) and new != s.value]

    yield "the secret here has white space around it that the host's has not", each(lambda v: v.strip())
    yield "the host's secret ends with a line end that the one here has not", each(lambda v: v + b"\n")
    yield "the secret here is in quotes", each(lambda v: v.strip().strip(b"\"'"))


def _guess(body: bytes) -> str:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return "the body is no JSON: was it cut, or encoded as a form? Otherwise compare the secrets"
    return (
        "compare the secret with the host's; if they are the same, something changed the body after signing (was it re-serialised by a "
        "proxy or a framework?): save it as it came, byte by byte"
    )


def _other_host(headers: Headers, descriptor: Descriptor) -> str:
    looked = {one.header.lower() for one in (descriptor, *descriptor.weaker)}
    for name, kind in _KNOWN:
        if name.lower() not in looked and signature.values(headers, name):
            return f"it carries `{name}`, as {kind} sends it: is it the right --plugin?"
    return ""
