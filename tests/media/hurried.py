"""A recorder that looks at its keys five times a second: ``python -m tests.media.hurried FILE``."""

from media import recorder

MODULE = "tests.media.hurried"

if __name__ == "__main__":
    recorder.KEYS_LOOKED_AT_SECONDS = 0.2
    recorder.main()
