"""Cases, their numbers, and the calendar of hearings."""
