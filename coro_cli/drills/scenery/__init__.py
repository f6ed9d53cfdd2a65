"""The scenarios of `coro drill`, grouped by what goes wrong (or right)."""

