"""Cameras in, broadcast out. Knows nothing of HTTP, SQL, Redis or courts.

This is the public face: the server imports from here and from nowhere below. Names are loaded when
they are first used, so that a process pays only for what it needs: the launcher needs to end
cleanly and no codec.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from media.assignment import (
        Camera,
        ExportAssignment,
        FilingAssignment,
        InspectionAssignment,
        Layout,
        MonitorAssignment,
        ProgramText,
        RecorderAssignment,
        RelayAssignment,
        TemplateMask,
        WorkerAssignment,
        dump,
        frames_socket,
    )
    from media.direction import Direction
    from media.errors import (
        InvalidReload,
        MalformedMessage,
        MediaError,
        OrderLogUnreadable,
        OrdersMoved,
        ReloadTimeout,
        ResourceWithdrawn,
        TooManyWaiting,
        UnknownResource,
    )
    from media.feeds.address import (
        DatagramAddress,
        RtmpListen,
        SrtAddress,
        UnfitAddress,
        WhipListen,
        parse_address,
    )
    from media.following import Followed, follow
    from media.gate import OrderRecord
    from media.hls.captions import (
        CAPTIONS,
        CAPTIONS_TYPE,
        Caption,
        Captions,
    )
    from media.hls.multivariant import Words
    from media.hls.origin import Origin
    from media.hls.reply import (
        Piece,
        PlaylistReply,
        Reply,
    )
    from media.hls.resource import ASK_AGAIN_S, Resource
    from media.hls.stream import WINDOW_SECONDS
    from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn
    from media.marks import (
        Mask,
        Templates,
    )
    from media.messages import (
        FeedStatus,
        Message,
        OrderForce,
        RecorderStatus,
        StreamEnd,
        StreamInfo,
        Subscribe,
        Thumbnail,
        WorkerStatus,
    )
    from media.ordering import BY_VOICE, LONGEST_ON_SLATE, SERVICE_KEY, TAKES_AWAY, checked
    from media.orders import append_order, court_now_us, has_orders, read_forces, read_orders
    from media.process import die_with_parent, until_stopped
    from media.program.layout import LAYOUTS
    from media.progress import (
        PROGRESS_OVER,
        read_progress,
    )
    from media.proof.daily import (
        CHAIN_BEGINNING,
        SIGNED_DAY,
        DailyRoot,
        copy_statement,
        link_of,
        read_daily,
    )
    from media.proof.pieces import PIECES_SUFFIX
    from media.proof.signed import sealed_line
    from media.proof.tree import (
        PIECE,
        levels_of,
        merkle_root,
        path_in,
    )
    from media.recording.history import read_history
    from media.recording.preview import (
        preview_track,
        read_storyboard,
    )
    from media.recording.replay import Replay
    from media.scene.script import scene_line
    from media.session_messages import (
        Answer,
        Change,
        Changed,
        CloseSession,
        FeedOffer,
        Offer,
        Posted,
        SessionFigures,
        SessionStatus,
    )
    from media.sockets import (
        MessageStream,
        connect,
        serve,
    )
    from media.spool.closing import is_closed
    from media.spool.gaps import RECESS, Gap
    from media.spool.places import (
        PUBLIC_LIST,
        RECORD_SHEET,
        camera_names,
    )
    from media.spool.retention import (
        Due,
        Recorded,
        due,
    )
    from media.spool.sheet import (
        SignedSheet,
        parse_sheet,
    )
    from media.spool.signature import CourtKey
    from media.staff_messages import (
        Alarm,
        Alarms,
        CameraMeter,
        CameraPicture,
        ProgramMeter,
    )
    from media.worker.memory import has_ended

__all__ = [
    "ASK_AGAIN_S",
    "BY_VOICE",
    "CAPTIONS",
    "CAPTIONS_TYPE",
    "CHAIN_BEGINNING",
    "LAYOUTS",
    "LONGEST_ON_SLATE",
    "NOTHING_WITHDRAWN",
    "PIECE",
    "PIECES_SUFFIX",
    "PROGRESS_OVER",
    "PUBLIC_LIST",
    "RECESS",
    "RECORD_SHEET",
    "SERVICE_KEY",
    "SIGNED_DAY",
    "TAKES_AWAY",
    "WINDOW_SECONDS",
    "Alarm",
    "Alarms",
    "Answer",
    "Camera",
    "CameraMeter",
    "CameraPicture",
    "Caption",
    "Captions",
    "Change",
    "Changed",
    "CloseSession",
    "CourtKey",
    "DailyRoot",
    "DatagramAddress",
    "Direction",
    "Due",
    "ExportAssignment",
    "FeedOffer",
    "FeedStatus",
    "FilingAssignment",
    "Followed",
    "Gap",
    "InspectionAssignment",
    "InvalidReload",
    "Layout",
    "MalformedMessage",
    "Mask",
    "MediaError",
    "Message",
    "MessageStream",
    "MonitorAssignment",
    "Offer",
    "OrderForce",
    "OrderLogUnreadable",
    "OrderRecord",
    "OrdersMoved",
    "Origin",
    "Piece",
    "PlaylistReply",
    "Posted",
    "ProgramMeter",
    "ProgramText",
    "Recorded",
    "RecorderAssignment",
    "RecorderStatus",
    "RelayAssignment",
    "ReloadTimeout",
    "Replay",
    "Reply",
    "Resource",
    "ResourceWithdrawn",
    "RtmpListen",
    "SessionFigures",
    "SessionStatus",
    "SignedSheet",
    "SrtAddress",
    "StreamEnd",
    "StreamInfo",
    "Subscribe",
    "TemplateMask",
    "Templates",
    "Thumbnail",
    "TooManyWaiting",
    "UnfitAddress",
    "UnknownResource",
    "WhipListen",
    "Withdrawn",
    "Words",
    "WorkerAssignment",
    "WorkerStatus",
    "append_order",
    "camera_names",
    "checked",
    "connect",
    "copy_statement",
    "court_now_us",
    "die_with_parent",
    "due",
    "dump",
    "follow",
    "frames_socket",
    "has_ended",
    "has_orders",
    "is_closed",
    "levels_of",
    "link_of",
    "merkle_root",
    "parse_address",
    "parse_sheet",
    "path_in",
    "preview_track",
    "read_daily",
    "read_forces",
    "read_history",
    "read_orders",
    "read_progress",
    "read_storyboard",
    "scene_line",
    "sealed_line",
    "serve",
    "until_stopped",
]

_HOMES = {
    "media.assignment": (
        "Camera",
        "ExportAssignment",
        "FilingAssignment",
        "InspectionAssignment",
        "Layout",
        "MonitorAssignment",
        "ProgramText",
        "RecorderAssignment",
        "RelayAssignment",
        "TemplateMask",
        "WorkerAssignment",
        "dump",
        "frames_socket",
    ),
    "media.direction": ("Direction",),
    "media.errors": (
        "InvalidReload",
        "MalformedMessage",
        "MediaError",
        "OrderLogUnreadable",
        "OrdersMoved",
        "ReloadTimeout",
        "ResourceWithdrawn",
        "TooManyWaiting",
        "UnknownResource",
    ),
    "media.feeds.address": (
        "DatagramAddress",
        "RtmpListen",
        "SrtAddress",
        "UnfitAddress",
        "WhipListen",
        "Withdrawn",
        "parse_address",
    ),
    "media.following": ("Followed", "follow"),
    "media.gate": ("OrderRecord",),
    "media.hls.captions": ("CAPTIONS", "CAPTIONS_TYPE", "Caption", "Captions"),
    "media.hls.multivariant": ("Words",),
    "media.hls.origin": ("Origin",),
    "media.hls.reply": ("Piece", "PlaylistReply", "Reply"),
    "media.hls.resource": ("ASK_AGAIN_S", "Resource"),
    "media.hls.stream": ("WINDOW_SECONDS",),
    "media.hls.withdrawn": ("NOTHING_WITHDRAWN", "Withdrawn"),
    "media.marks": ("Mask", "Templates"),
    "media.messages": (
        "FeedStatus",
        "Message",
        "OrderForce",
        "RecorderStatus",
        "StreamEnd",
        "StreamInfo",
        "Subscribe",
        "Thumbnail",
        "WorkerStatus",
    ),
    "media.staff_messages": (
        "Alarm",
        "Alarms",
        "CameraMeter",
        "CameraPicture",
        "ProgramMeter",
    ),
    "media.ordering": ("BY_VOICE", "LONGEST_ON_SLATE", "SERVICE_KEY", "TAKES_AWAY", "checked"),
    "media.orders": ("append_order", "court_now_us", "has_orders", "read_forces", "read_orders"),
    "media.process": ("die_with_parent", "until_stopped"),
    "media.program.layout": ("LAYOUTS",),
    "media.progress": ("PROGRESS_OVER", "read_progress"),
    "media.proof.daily": (
        "CHAIN_BEGINNING",
        "SIGNED_DAY",
        "DailyRoot",
        "copy_statement",
        "link_of",
        "read_daily",
    ),
    "media.proof.pieces": ("PIECES_SUFFIX",),
    "media.proof.signed": ("sealed_line",),
    "media.proof.tree": ("PIECE", "levels_of", "merkle_root", "path_in"),
    "media.recording.history": ("read_history",),
    "media.recording.preview": ("preview_track", "read_storyboard"),
    "media.recording.replay": ("Replay",),
    "media.scene.script": ("scene_line",),
    "media.session_messages": (
        "Answer",
        "Change",
        "Changed",
        "CloseSession",
        "FeedOffer",
        "Offer",
        "Posted",
        "SessionFigures",
        "SessionStatus",
    ),
    "media.sockets": ("MessageStream", "connect", "serve"),
    "media.spool.closing": ("is_closed",),
    "media.spool.gaps": ("RECESS", "Gap"),
    "media.spool.places": ("PUBLIC_LIST", "RECORD_SHEET", "camera_names"),
    "media.spool.retention": ("Due", "Recorded", "due"),
    "media.spool.sheet": ("SignedSheet", "parse_sheet"),
    "media.spool.signature": ("CourtKey",),
    "media.worker.memory": ("has_ended",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a name from its home (PEP 562)."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value
