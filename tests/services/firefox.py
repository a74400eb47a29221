"""A second real browser: Debian's Firefox, headless, driven by WebDriver BiDi over its own socket.

Playwright drives only a Firefox of its own build; what Debian ships speaks BiDi (a W3C working
draft) at a websocket, and the few commands that a viewer needs are written here.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.services.program import STOPS_WITHIN, own_folder
from tests.tools import require_tool

READY_WITHIN = 120.0  # a slow machine with other things to do
_LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
_LARGEST = 16 << 20
# No word to anybody but loopback, no first-run pages; media may start without a click, and
# addresses of this machine are told as they are and not under a name that only mDNS resolves.
PREFERENCES: dict[str, bool | int | str] = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "media.autoplay.default": 0,
    "media.gmp-manager.updateEnabled": False,
    "media.gmp-manager.url": "",
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "permissions.default.microphone": 1,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": False,
}
OPENH264 = "gmp-gmpopenh264"
PLUGIN: dict[str, bool | int | str] = {
    f"media.{OPENH264}.abi": "x86_64-gcc3",
    f"media.{OPENH264}.autoupdate": False,
    f"media.{OPENH264}.enabled": True,
    f"media.{OPENH264}.visible": True,
}


class Tab:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._number, self._context = socket, 0, ""

    async def begin(self) -> None:
        """Open the session and take the window that is there."""
        await self._command("session.new", capabilities={})
        tree = await self._command("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    async def go(self, address: str) -> None:
        """Open a page and wait until it is loaded."""
        to = {"context": self._context, "url": address, "wait": "complete"}
        await self._command("browsingContext.navigate", **to)

    async def evaluate(self, function: str, *arguments: object) -> Any:  # noqa: ANN401  (JSON)
        """Call a JavaScript function in the page, wait for its promise; JSON in and out.

        Raises RuntimeError with the browser's words for whatever goes wrong there.
        """
        told = await self._command(
            "script.callFunction",
            functionDeclaration=f"async text => JSON.stringify(await ({function})"
            "(...JSON.parse(text)) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
        )
        if told["type"] != "success":
            raise RuntimeError(told["exceptionDetails"]["text"])
        return json.loads(told["result"]["value"])

    async def _command(self, method: str, **parameters: object) -> Any:  # noqa: ANN401  (JSON)
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        async for message in self._socket:
            told = json.loads(message.data)
            if told.get("id") == self._number:
                if told["type"] != "success":
                    raise RuntimeError(f"{method}: {told['error']}: {told['message']}")
                return told["result"]
        raise RuntimeError(f"{method}: the browser has gone")


def _write_profile(folder: Path, openh264: Path | None) -> Path:
    profile = folder / "profile"
    profile.mkdir()
    preferences = PREFERENCES
    if openh264 is not None:
        version = _version(openh264)
        shutil.copytree(openh264, profile / OPENH264 / version)
        preferences = preferences | PLUGIN | {f"media.{OPENH264}.version": version}
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in preferences.items()
    ]
    (profile / "user.js").write_text("\n".join(lines))
    return profile


def _version(openh264: Path) -> str:
    """Return the version that a plug-in's ``gmpopenh264.info`` tells."""
    lines = (openh264 / "gmpopenh264.info").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith("Version"))


async def _address(process: asyncio.subprocess.Process, log: list[str]) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        log.append(line.decode(errors="replace"))
        if found := _LISTENING.search(log[-1]):
            return found[1]
    raise RuntimeError(f"Firefox did not start:\n{''.join(log[-20:])}")


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    while await process.stderr.read(65_536):
        pass


@asynccontextmanager
async def _started(program: Path, folder: Path, openh264: Path | None) -> AsyncIterator[str]:
    home = folder / "home"
    home.mkdir()
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "MOZ_HEADLESS": "1", "TZ": "UTC"}
    process = await asyncio.create_subprocess_exec(
        program, "--headless", "--no-remote", "--profile", _write_profile(folder, openh264),
        "--remote-debugging-port", "0", "about:blank", env=environment, cwd=folder,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    draining: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(READY_WITHIN):
            address = await _address(process, [])
        draining = asyncio.create_task(_drain(process))
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOPS_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()
        if draining is not None:
            await draining


@asynccontextmanager
async def browsing(openh264: Path | None = None) -> AsyncIterator[Tab]:
    """Start Firefox with a profile of its own and give its one page.

    ``openh264``: a folder with Cisco's plug-in (``libgmpopenh264.so``, ``gmpopenh264.info``), by
    which it decodes H.264 that comes by WebRTC; Firefox would fetch it from the network.
    """
    program = require_tool("firefox-esr")
    with own_folder() as folder:
        async with (
            _started(program, folder, openh264) as address,
            aiohttp.ClientSession() as client,
            client.ws_connect(f"{address}/session", max_msg_size=_LARGEST) as socket,
        ):
            tab = Tab(socket)
            await tab.begin()
            yield tab


@pytest.fixture
async def firefox() -> AsyncIterator[Tab]:
    """Start Firefox as Debian ships it."""
    async with browsing() as tab:
        yield tab
