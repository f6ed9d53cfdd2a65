"""What is true without any I/O: refs, events, waits and matching, job and run states, prompts."""

