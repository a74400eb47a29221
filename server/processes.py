"""The application's key for the processes that it wants to run (``server/wanted.py``)."""

from __future__ import annotations

from aiohttp import web

from server.wanted import Processes

PROCESSES = web.AppKey("processes", Processes)
