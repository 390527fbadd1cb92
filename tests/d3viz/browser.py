"""Chromium without a window, driven through a pipe (the Chrome DevTools Protocol)."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 30
# The browser reads from descriptor 3 and writes to 4; the two may be taken by each other at first.
LAUNCH = """
import os, sys
for i, fd in enumerate(sys.argv[1:3]):
    os.dup2(int(fd), 100 + i)
for i in range(2):
    os.dup2(100 + i, 3 + i)
    os.close(100 + i)
os.execv(sys.argv[3], sys.argv[3:])
"""


def program() -> str | None:
    """Return the browser that is installed, if any."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of a running browser.

    Attributes
    ----------
    events : list of dict
        What the page reported: exceptions, messages, requests.
    """

    def __init__(self, process: subprocess.Popen, read: int, write: int) -> None:
        self.process, self.reads, self.writes = process, read, write
        self.buffer = b""
        self.number = 0
        self.session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writes, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def receive(self) -> dict[str, Any]:
        """Return the next message."""
        until = time.monotonic() + SECONDS
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reads], [], [], max(0, until - time.monotonic()))
            part = os.read(self.reads, 1 << 16) if ready else b""
            if not part:
                raise RuntimeError(f"the browser says nothing; its status is {self.process.poll()}")
            self.buffer += part
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def open(self, path: Path, width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        """Load a page and wait until its scripts have run."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.ask(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.events.clear()
        self.ask("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def run(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript, promises waited for."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def mouse(self, kind: str, x: float, y: float, **options: Any) -> None:
        """Do something with the mouse: ``"Pressed"``, ``"Moved"``, ``"Released"``, ``"Wheel"``."""
        self.ask("Input.dispatchMouseEvent", type=f"mouse{kind}", x=x, y=y, **options)

    def drag(self, x: float, y: float, dx: float, dy: float) -> None:
        """Press the mouse at one place and let it go at another."""
        self.mouse("Moved", x, y)
        self.mouse("Pressed", x, y, button="left", clickCount=1)
        self.mouse("Moved", x + dx / 2, y + dy / 2, button="left", buttons=1)
        self.mouse("Moved", x + dx, y + dy, button="left", buttons=1)
        self.mouse("Released", x + dx, y + dy, button="left", clickCount=1)

    def click(self, x: float, y: float, times: int = 1) -> None:
        """Click, once or more."""
        self.mouse("Moved", x, y)
        for count in range(1, times + 1):
            self.mouse("Pressed", x, y, button="left", clickCount=count)
            self.mouse("Released", x, y, button="left", clickCount=count)

    def problems(self) -> list[str]:
        """Return what went wrong in the page, and what it fetched from elsewhere."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            match event.get("method"):
                case "Runtime.exceptionThrown":
                    found.append(str(params["exceptionDetails"]))
                case "Log.entryAdded":
                    found.append(params["entry"]["text"])
                case "Network.requestWillBeSent":
                    url = params["request"]["url"]
                    if not url.startswith(("file:", "data:", "blob:", "about:")):
                        found.append(f"a request to {url}")
        return found


@contextmanager
def running(folder: Path) -> Iterator[Browser]:
    """Start a browser, which keeps what it has to keep in ``folder``, and end it."""
    there, write = os.pipe()
    read, back = os.pipe()
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    options += ["--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync"]
    options += [f"--user-data-dir={folder}", "--remote-debugging-pipe"]
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(there), str(back), str(program()), *options],
        pass_fds=(there, back),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(there)
    os.close(back)
    try:
        browser = Browser(process, read, write)
        yield browser
        browser.session = None
        with suppress(RuntimeError):
            browser.ask("Browser.close")
        process.wait(SECONDS)
    finally:
        process.kill()
        process.wait()
        os.close(read)
        os.close(write)
