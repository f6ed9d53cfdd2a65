"""From a queued job to a recorded end: claim, supervise, settle, adopt."""

