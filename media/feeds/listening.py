"""What it means that a place cannot be listened at."""

from __future__ import annotations

import errno
import os

from media.errors import FeedUnavailable
from media.feeds import issues


def listening_failure(problem: OSError) -> FeedUnavailable:
    """Return the error of binding a socket as the feed's own."""
    if problem.errno == errno.EADDRINUSE:
        return FeedUnavailable(issues.PORT_TAKEN)
    if problem.errno in (errno.EADDRNOTAVAIL, errno.ENODEV):
        return FeedUnavailable(issues.NO_SUCH_ADDRESS)
    return FeedUnavailable(issues.FAILED, os.strerror(problem.errno or 0))
