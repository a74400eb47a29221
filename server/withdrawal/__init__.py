"""Taking down what was published, and giving it back: orders, the file, the public log."""
