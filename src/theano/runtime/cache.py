"""Executables kept on disk, so that another process need not compile the same program again.

An entry is a serialized executable in a file of its own. Its name is a digest of the program's
StableHLO text and of all that XLA's code depends on: versions, flags, device, processor. Loading
executes what a file says, so files are read only from a folder that belongs to this user and is
closed to all others.

JAX has such a cache too, with one folder for all of a process. It stays as the user sets it: where
it is on, this one stands aside.
"""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jaxlib
from jax.experimental.serialize_executable import deserialize_and_load, serialize

from theano.errors import usage_error
from theano.options import config

FORMAT = 1
"""Of the entries; another number makes all older ones unknown."""
SUFFIX = ".executable"
DIGEST_BYTES = hashlib.sha256().digest_size
MIB = 2**20


class CacheWarning(UserWarning):
    """Executables cannot be kept on disk."""


@dataclass(frozen=True)
class Entry:
    """A file of the cache: ``last_used`` is in seconds since 1970."""

    path: Path
    n_bytes: int
    last_used: float


class ExecutableCache:
    """A private folder of byte strings, of which the least recently used are deleted.

    Parameters
    ----------
    folder : Path
        Made when it is first written to.

    Notes
    -----
    Several processes may use one folder: an entry appears whole, in one step, and one that is gone
    is a miss. Whatever is wrong with the folder, a program goes on without it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writable = True
        self._warned = False
        self._n_bytes: int | None = None

    def get(self, key: str) -> bytes | None:
        """Return what is kept under ``key``; None if nothing is, or if it is damaged."""
        path = self.folder / (key + SUFFIX)
        try:
            check_private(self.folder)
            content = read_private(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(error)
            return None
        digest, data = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if hashlib.sha256(data).digest() != digest:
            self.remove(key)
            return None
        with suppress(OSError):
            os.utime(path)
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``, and delete what has become too much."""
        limit = config.executables.cache_size * MIB
        if not self._writable or len(data) + DIGEST_BYTES > limit:
            return
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                self.folder.mkdir(mode=0o700)
            check_private(self.folder)
            write_whole(self.folder / (key + SUFFIX), hashlib.sha256(data).digest() + data)
        except FileNotFoundError:  # somebody clears the cache at this moment
            return
        except OSError as error:
            self._writable = False
            self._warn(error)
            return
        if self._n_bytes is None:
            self._n_bytes = sum(entry.n_bytes for entry in self.entries())
        else:
            self._n_bytes += len(data) + DIGEST_BYTES
        if self._n_bytes > limit:
            self._n_bytes = self.trim(limit)

    def remove(self, key: str) -> None:
        """Delete what is kept under ``key``, if that is possible."""
        with suppress(OSError):
            (self.folder / (key + SUFFIX)).unlink()

    def entries(self) -> list[Entry]:
        """Return what is kept, the least recently used first."""
        return sorted(self._files(), key=lambda entry: (entry.last_used, entry.path))

    def _files(self) -> Iterator[Entry]:
        try:
            listing = list(os.scandir(self.folder))
        except FileNotFoundError:
            return
        for file in listing:
            # Another process may have deleted it meanwhile.
            with suppress(FileNotFoundError):
                info = file.stat(follow_symlinks=False)
                if stat.S_ISREG(info.st_mode):
                    yield Entry(Path(file.path), info.st_size, info.st_mtime)

    def trim(self, limit: float) -> int:
        """Delete the least recently used until at most ``limit`` bytes are left; return how many.

        Files that a killed process left half-written grow old, and go, as others do.
        """
        entries = self.entries()
        n_bytes = sum(entry.n_bytes for entry in entries)
        for entry in entries:
            if n_bytes <= limit:
                break
            with suppress(OSError):
                entry.path.unlink()
            n_bytes -= entry.n_bytes
        return n_bytes

    def clear(self) -> None:
        """Delete all that is kept.

        Raises
        ------
        OSError
            The folder is not a private one of this user.
        """
        if self.folder.exists():
            check_private(self.folder)
            self.trim(0)

    def _warn(self, error: OSError) -> None:
        if self._warned:
            return
        self._warned = True
        text = usage_error(
            CacheWarning,
            f"executables cannot be kept in {self.folder} ({error}); the program goes on without",
            fix="name a folder of your own with THEANO_FLAGS=base_compiledir=FOLDER, or do without "
            "with THEANO_FLAGS=executables.cache=False",
        )
        warnings.warn(text, stacklevel=2)


def check_private(folder: Path) -> None:
    """Raise OSError unless ``folder`` is a folder of this user, closed to all others."""
    info = folder.lstat()
    if not stat.S_ISDIR(info.st_mode):
        raise NotADirectoryError("it is no folder")
    # Windows has neither owners nor modes of this kind: there a user's files are private as it is.
    if hasattr(os, "getuid"):
        if info.st_uid != os.getuid():
            raise PermissionError("it belongs to another user")
        if info.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PermissionError(f"it is open to others: `chmod 700 {folder}` closes it")


def read_private(path: Path) -> bytes:
    """Return the content of a file of this user's.

    Raises
    ------
    OSError
        Also if it belongs to another user, or is a link.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        if hasattr(os, "getuid") and os.fstat(stream.fileno()).st_uid != os.getuid():
            raise PermissionError(f"{path.name} belongs to another user")
        return stream.read()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that others see with all its content or not at all, readable by its owner."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


@cache
def executable_cache() -> ExecutableCache:
    """Return the cache of this process, in a folder below ``config.compiledir``."""
    return ExecutableCache(Path(config.compiledir) / "executables")


def is_on() -> bool:
    """Whether executables are kept: not where the user has JAX keep them."""
    flags = jax.config.values
    theirs = flags["jax_enable_compilation_cache"] and flags["jax_compilation_cache_dir"]
    return bool(config.executables.cache and not theirs)


def program_key(lowered: Any, device: Any, options: Mapping[str, Any] | None) -> str | None:
    """Return the name of a program in the cache, or None where it is not to be kept.

    Parameters
    ----------
    lowered : jax.stages.Lowered
    device : jax.Device
    options : mapping, optional
        What XLA is told besides its defaults.
    """
    if not is_on():
        return None
    text = lowered.as_text()
    if "callback" in text:
        # A function of this process, by its address.
        return None
    digest = hashlib.sha256(text.encode())
    digest.update(repr((surroundings(device), sorted((options or {}).items()))).encode())
    return f"{device.platform}-{digest.hexdigest()}"


def surroundings(device: Any) -> tuple[Any, ...]:
    """Return what else XLA's code depends on."""
    return (
        FORMAT,
        (jax.__version__, jaxlib.__version__, sys.version_info[:2]),
        (device.platform, device.device_kind, device.id, device.client.platform_version),
        processor(),
        # Loops are divided among as many threads as there were when they were compiled.
        (n_cores(), os.environ.get("NPROC")),
        (os.environ.get("XLA_FLAGS"), os.environ.get("LIBTPU_INIT_ARGS")),
        sorted((name, repr(value)) for name, value in jax.config.values.items()),
    )


def n_cores() -> int | None:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


@cache
def processor() -> tuple[str, ...]:
    """Return what tells processors apart for which XLA makes different code.

    Where the system does not list a processor's features, the machine's name stands for them.
    """
    known: dict[str, str] = {}
    with suppress(OSError), open("/proc/cpuinfo") as stream:
        for line in stream:
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "CPU part", "flags", "Features", "isa"):
                known.setdefault(name.strip(), value.strip())
    features = [f"{name}: {value}" for name, value in sorted(known.items())]
    return (platform.system(), platform.machine(), *(features or [platform.node()]))


def load(key: str | None, lowered: Any, device: Any) -> Any:
    """Return the executable of a program as ``lowered.compile()`` would, or None if none is kept.

    Parameters
    ----------
    key : str or None
        From ``program_key``.
    lowered : jax.stages.Lowered
    device : jax.Device
    """
    data = executable_cache().get(key) if key is not None else None
    if key is None or data is None:
        return None
    try:
        return deserialize_and_load(
            data,
            lowered.in_tree,
            lowered.out_tree,
            backend=device.client,
            execution_devices=[device],
        )
    except Exception:  # of many kinds: whatever XLA does not like about it, it is compiled anew
        executable_cache().remove(key)
        return None


def keep(key: str | None, compiled: Any) -> None:
    """Keep an executable that XLA has just compiled; nothing where it cannot be serialized.

    One that was loaded must not be kept again: serialized a second time it lacks its functions.
    """
    if key is None:
        return
    try:
        data, _, _ = serialize(compiled)
    except Exception:  # of many kinds, from a platform that has no serialization on
        return
    executable_cache().put(key, data)
