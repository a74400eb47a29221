"""Cameras in, broadcast out. Knows nothing of HTTP, SQL, Redis or courts."""
