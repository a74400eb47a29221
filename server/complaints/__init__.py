"""Complaints of a breach of privacy: taken from anybody, answered by the court against a clock."""
