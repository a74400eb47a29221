"""Media partners: their keys, and what a key opens."""
