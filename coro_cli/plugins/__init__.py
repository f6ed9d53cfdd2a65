"""One room a kind of host: what to ask, how to read the answer. Pure, but for the one HTTP client they share."""

