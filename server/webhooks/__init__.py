"""Tells media partners' servers what happens to broadcasts (Standard Webhooks)."""
