"""`coro start`. Imports jobs, webhooks, polling, running and below."""
