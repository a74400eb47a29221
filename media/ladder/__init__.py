"""Pictures and sound into renditions: encoded once each, for everyone."""
