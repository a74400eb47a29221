"""The project's commands; see README.md in this folder."""
