"""People, their roles by court, sign-in, sessions and API tokens."""
