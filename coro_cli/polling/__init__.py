"""From waits to requests and from answers to events: what is watched, what changed, what is news."""

