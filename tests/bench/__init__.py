"""Measurements; run by hand, figures go to docs/performance.md."""
