"""What the public sees and hears: pictures and sound composed, tick by tick."""
