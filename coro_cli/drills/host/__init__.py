"""A simulated host on loopback: real HTTP, a model one can drive, faults one can order.

`server.Host` is host-neutral: sockets, routes, ETags, request log, faults, hooks. Each kind of host is a package
beside it that brings a model and its answers: `from coro_cli.drills.host.github import GitHubHost`.
"""
