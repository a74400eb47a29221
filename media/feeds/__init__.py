"""Cameras in: one thread per feed, reconnecting, with health and stable issue codes."""
