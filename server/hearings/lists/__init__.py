"""A day's list of hearings, read from the files that courts have: CSV, XLSX, iCalendar."""
