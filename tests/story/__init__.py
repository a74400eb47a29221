"""The whole service, seen by those who use it: real processes, a real browser, a real camera."""
