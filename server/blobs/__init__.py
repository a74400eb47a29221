"""Bytes that the database names: photos and the like."""

from server.blobs.contract import BLOBS, Blobs
from server.blobs.folder import FolderBlobs

__all__ = ["BLOBS", "Blobs", "FolderBlobs"]
