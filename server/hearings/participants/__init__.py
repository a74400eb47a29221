"""Who takes part in a hearing, and the log of who was told of its broadcast (rule B-08)."""
