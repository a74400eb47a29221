"""Cameras in, broadcast out. Knows nothing of HTTP, SQL, Redis or courts.

This is the public face: the server imports from here and from nowhere below.
"""

from media.assignment import (
    Camera,
    MonitorAssignment,
    ProgramText,
    RecorderAssignment,
    WorkerAssignment,
    dump,
)
from media.errors import (
    InvalidReload,
    MalformedMessage,
    MediaError,
    OrderLogUnreadable,
    ReloadTimeout,
    TooManyWaiting,
    UnknownResource,
)
from media.gate import (
    OrderRecord,
)
from media.hls.origin import (
    Origin,
    PlaylistReply,
    Reply,
)
from media.hls.resource import (
    Resource,
)
from media.messages import (
    Answer,
    CameraMeter,
    CameraPicture,
    CloseSession,
    FeedStatus,
    Message,
    Offer,
    OrderForce,
    RecorderStatus,
    SessionStatus,
    StreamEnd,
    StreamInfo,
    Subscribe,
    Thumbnail,
    WorkerStatus,
)
from media.orders import (
    append_order,
    court_now_us,
    parse_orders,
    read_forces,
)
from media.recording.replay import (
    Replay,
)
from media.sockets import (
    MessageStream,
    connect,
    serve,
)

__all__ = [
    "Answer",
    "Camera",
    "CameraMeter",
    "CameraPicture",
    "CloseSession",
    "FeedStatus",
    "InvalidReload",
    "MalformedMessage",
    "MediaError",
    "Message",
    "MessageStream",
    "MonitorAssignment",
    "Offer",
    "OrderForce",
    "OrderLogUnreadable",
    "OrderRecord",
    "Origin",
    "PlaylistReply",
    "ProgramText",
    "RecorderAssignment",
    "RecorderStatus",
    "ReloadTimeout",
    "Replay",
    "Reply",
    "Resource",
    "SessionStatus",
    "StreamEnd",
    "StreamInfo",
    "Subscribe",
    "Thumbnail",
    "TooManyWaiting",
    "UnknownResource",
    "WorkerAssignment",
    "WorkerStatus",
    "append_order",
    "connect",
    "court_now_us",
    "dump",
    "parse_orders",
    "read_forces",
    "serve",
]
