"""Which sites may show a broadcast in a frame of theirs."""
