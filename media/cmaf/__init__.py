"""CMAF by hand: init sections and fragments, byte for byte, with one origin for all tracks."""
