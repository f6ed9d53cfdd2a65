"""How `config.toml`, the environment and flags become one `Config`. The way in is `coro_cli.config`."""
