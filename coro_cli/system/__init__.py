"""The operating system made safe, without a word of the domain. Imports nothing else of coro."""
