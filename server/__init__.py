"""The service: portal, console, report desk, API, origin and counting."""
