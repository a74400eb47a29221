"""Photographs for a report: whatever is uploaded becomes a plain JPEG without hidden data."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from server.errors import Invalid, TooLarge

MAX_UPLOAD_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 1600
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")


def prepare(data: bytes) -> tuple[bytes, tuple[int, int]]:
    """Return JPEG bytes and (width, height) of an upload; runs in a thread.

    Turned as its camera meant it, at most 1600 pixels long, without EXIF (which tells place and
    device). Raises ``Invalid`` for what is not a picture and ``TooLarge`` for a picture whose
    pixels would not fit into memory, before they are decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise TooLarge("A photo has at most 40 million pixels.")
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except Image.DecompressionBombError as problem:
        raise TooLarge("A photo has at most 40 million pixels.") from problem
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as problem:
        raise Invalid("This file is not a JPEG, PNG or WebP picture.", field="file") from problem
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue(), upright.size
