"""What programs are told of a broadcast's page: schema.org, as JSON-LD [pure].

It says nothing that the page does not say, and is made anew with each page: what is withdrawn
stands in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from server.pages.views import BroadcastView

_CONTEXT: Final = "https://schema.org"
MOST_UPDATES: Final = 25
Linked = dict[str, Any]


def video_object(
    view: BroadcastView, base: str, *, until: datetime | None, may_embed: bool
) -> Linked | None:
    """Return the video of a page with what search engines need (``VideoObject``); None without.

    ``base`` is the service's address, ``until`` when a replay ends.
    """
    if not view.is_playable or not view.title:
        return None
    page = f"{base}/broadcasts/{view.id}"
    facts = (view.title, view.case_number, view.court, view.courtroom)
    publication: Linked = {
        "@type": "BroadcastEvent",
        "isLiveBroadcast": True,
        "startDate": _moment(view.when),
    }
    if view.ended_at is not None:
        publication["endDate"] = _moment(view.ended_at)
    found: Linked = {
        "@context": _CONTEXT,
        "@type": "VideoObject",
        "@id": f"{page}#video",
        "name": view.title,
        "description": ", ".join(one for one in facts if one),
        "thumbnailUrl": [f"{base}/thumbnails/{view.id}.jpg"],
        "uploadDate": _moment(view.when),
        "contentUrl": f"{base}{view.hls}",
        "url": page,
        "publisher": {"@type": "GovernmentOrganization", "name": view.court},
        "isAccessibleForFree": True,
        "publication": publication,
    }
    if until is not None:
        found["expires"] = _moment(until)
    if may_embed:
        found["embedUrl"] = f"{base}/embed/{view.id}"
    return found


def live_blog(
    view: BroadcastView,
    base: str,
    posts: Sequence[dict[str, Any]],
    speaker_of: Callable[[str], str],
) -> Linked | None:
    """Return the report (``LiveBlogPosting``): the newest posts that stand; None without any.

    ``posts`` are as readers get them, newest first; ``speaker_of`` gives a role's word.
    """
    standing = [one for one in posts if one["body"]]
    if not standing or not view.title:
        return None
    page = f"{base}/broadcasts/{view.id}"
    found: Linked = {
        "@context": _CONTEXT,
        "@type": "LiveBlogPosting",
        "@id": f"{page}#report",
        "headline": view.title,
        "url": page,
        "datePublished": standing[-1]["published_at"],
        "dateModified": standing[0]["published_at"],
        "coverageStartTime": _moment(view.when),
        "publisher": {"@type": "GovernmentOrganization", "name": view.court},
        "liveBlogUpdate": [
            {
                "@type": "BlogPosting",
                "@id": f"{page}#post-{one['id']}",
                "url": f"{page}#post-{one['id']}",
                "headline": f"{speaker_of(one['role'])} {one['speaker']}".strip(),
                "datePublished": one["published_at"],
                "articleBody": one["body"],
            }
            for one in standing[:MOST_UPDATES]
        ],
    }
    if view.ended_at is not None:
        found["coverageEndTime"] = _moment(view.ended_at)
    return found


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
