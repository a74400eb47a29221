"""That a hearing's broadcast was announced in court when it was opened (rule B-08)."""
