"""Who is watching: visits 人次, minutes and the number of viewers now."""
