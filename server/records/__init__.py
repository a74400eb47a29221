"""The court's own record: its signed sheet, copies of a range, and what is due for the archive."""
