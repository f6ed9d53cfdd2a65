"""One file a verb: parse, call, return a result. No logic, no printing."""

