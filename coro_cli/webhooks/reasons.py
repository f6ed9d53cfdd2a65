"""Why a delivery was refused: one word for programs, one sentence for people, and what to do about it."""

from __future__ import annotations

_WHERE = "compare the secret with the one in the webhook's settings at the host"
_SIGN = "set the secret in the webhook's settings at the host; without one it does not sign"
_PASTE = "paste the new secret into the webhook's settings at the host"

# word: (sentence, advice). `{header}` is the field, `{format}` what it should hold.
REASONS: dict[str, tuple[str, str]] = {
    "no-secret": ("there is no secret to check it with", "make one: coro webhook secret add --plugin {plugin}"),
    "empty-secret": ("the secret is empty: anybody could sign with it", "make one: coro webhook secret add --plugin {plugin}"),
    "bad-secret": ("the secret is not base64, as this scheme wants it", "copy it whole, with `whsec_`"),
    "ended-secret": ("it is signed with a secret whose overlap has ended", _PASTE),
    "no-signature": ("it carries no `{header}`", _SIGN),
    "repeated-signature": ("it carries `{header}` more than once", "let the proxy pass the headers unchanged"),
    "empty-signature": ("its `{header}` holds no signature", _SIGN),
    "wrong-prefix": ("its `{header}` does not have the form `{format}`", "check the kind: another host may have sent it"),
    "malformed-signature": ("its `{header}` is no signature of the form `{format}`", "copy the header whole"),
    "overlong-signature": ("its `{header}` is longer than any signature", "copy the header whole"),
    "mismatch": ("the signature does not fit the body with any secret", _WHERE),
    "changed-body": ("the body was changed after signing", "save it as it came over the wire, byte by byte"),
    "wrong-token": ("the token in `{header}` is not the secret", _WHERE),
    "downgrade": (
        "it carries only `{header}`, which is weaker than the signature that is configured",
        "have the host send the stronger signature, and proxies pass it on; or retire its secret: coro webhook secret list",
    ),
    "no-id": ("it carries no `{header}`", "let the proxy pass all headers"),
    "repeated-id": ("it carries `{header}` more than once", "let the proxy pass the headers unchanged"),
    "bad-id": ("its `{header}` is no id", "let the proxy pass the headers unchanged"),
    "no-timestamp": ("it does not say when it was signed (`{header}`)", "let the proxy pass headers and body unchanged"),
    "repeated-timestamp": ("it says more than once when it was signed (`{header}`)", "let the proxy pass the headers unchanged"),
    "bad-timestamp": ("its `{header}` is no time", "let the proxy pass headers and body unchanged"),
    "stale": ("it was signed too long ago: it may be a replay", "check the clock of this machine; let the host send it again"),
    "early": ("it was signed in the future", "check the clock of this machine"),
    "unsigned": (
        "this kind of host signs nothing: only the address it was sent to can tell",
        "use the address that `coro webhook secret add --plugin {plugin}` prints; to check one: --request FILE",
    ),
    "wrong-path": (
        "the address it was sent to does not hold the token",
        "paste the address that `coro webhook secret add` printed into the host's settings",
    ),
    "weak-path": (
        "a secret that stands in an address has at least 24 letters, digits, `-` or `_`",
        "let coro make one: coro webhook secret add --plugin {plugin}",
    ),
}


def told(reason: str, *, header: str = "", format: str = "", plugin: str = "PLUGIN") -> tuple[str, str]:
    """The sentence and the advice of a reason."""
    sentence, advice = REASONS[reason]
    for name, value in (("{header}", header), ("{format}", format), ("{plugin}", plugin)):
        sentence, advice = sentence.replace(name, value), advice.replace(name, value)
    return sentence, advice
