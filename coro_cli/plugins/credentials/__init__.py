"""Where the tokens of each kind of host are usually found. The way in is `coro_cli.plugins.tokens`."""
