"""The public recording: what went on the air, as it went, and its replay."""
