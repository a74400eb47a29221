"""Proof for strangers: what a court sealed and handed out, under daily roots that it signs."""
