"""The worker's process: one broadcast from the court's record to published parts."""
