"""Incident forms (rule B-25): what went wrong in a broadcast, explained and signed by the judge."""
