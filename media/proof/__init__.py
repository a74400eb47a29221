"""Proof for strangers: trees, daily roots and signatures, with the standard library alone."""
