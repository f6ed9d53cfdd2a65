"""A simulated host on loopback: real HTTP, a model one can drive, faults one can order.

`server.Host` is host-neutral: sockets, routes, ETags, request log, faults, hooks. Each kind of host is a package
that brings a model and its answers: GitHub's is here, for the drills; those that only the tests meet are in tests/simulated.
"""

