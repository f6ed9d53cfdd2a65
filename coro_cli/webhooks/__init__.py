"""Deliveries: who signed them, keeping them, and what they set going. The guide is `coro guide webhooks`."""

