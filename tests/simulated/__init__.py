"""Simulated hosts for the tests: each answers over real HTTP as its original does. GitHub's is in `coro_cli.drills`, for the drills."""
