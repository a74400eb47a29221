"""WebRTC viewers: encoded frames of the program, sent on to each of them."""
