"""Reminders by mail: that something waits, and where; never what."""
