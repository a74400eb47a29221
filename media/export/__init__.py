"""Copies of a range of the court's record as ordinary films, without encoding anything again."""
