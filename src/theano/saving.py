"""``save`` and ``load``: parameters in files that hold arrays and nothing else."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import json
import lzma
import os
import pickle
import tempfile
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from theano.errors import usage_error
from theano.legacy.pkl_utils import PICKLE, PersistentNdarrayLoad
from theano.legacy.safe_pickles import SafeUnpickler
from theano.shared_variable import SharedVariable

__all__ = ["load", "save"]

AS_LIST = b"theano: list"
"""The comment of an archive whose arrays were given as a list."""
COMPRESSED = {b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress, b"\xfd7zXZ": lzma.decompress}
SAFETENSORS = ".safetensors"


def save(path: str | os.PathLike[str], parameters: Mapping[str, Any] | Sequence[Any]) -> None:
    """Write parameters to a file.

    Parameters
    ----------
    path : path
        With the ending ``.safetensors`` in that format, for which the package ``safetensors`` must
        be installed; any other is an ``.npz`` archive, which ``numpy.load`` reads too.
    parameters : mapping or sequence
        Shared variables, or arrays and numbers: by name, or in order.

    Raises
    ------
    TypeError
        A value is no array of numbers, or a name is no string.
    ImportError
        ``safetensors`` is asked for and not installed.

    Notes
    -----
    The file is written beside its place, flushed to the disk and then renamed, so that nobody ever
    sees half of it, and an earlier file stays until the new one is whole.
    """
    path = Path(path)
    listed = not isinstance(parameters, Mapping)
    if isinstance(parameters, (str, bytes, SharedVariable, np.ndarray)):
        raise usage_error(
            TypeError,
            "parameters were given that are neither a dict nor a list",
            got=parameters,
            fix="write [x] for a single one",
        )
    named = {f"arr_{i}": x for i, x in enumerate(parameters)} if listed else dict(parameters)
    arrays = {checked_name(name): array_of(name, value) for name, value in named.items()}
    if path.suffix == SAFETENSORS:
        tensors = safetensors_numpy(path)
        metadata = {"format": "np", **({"theano": "list"} if listed else {})}
        contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
        data = tensors.save(contiguous, metadata=metadata)
        with atomic_file(path) as file:
            file.write(data)
        return
    with atomic_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
        archive.comment = AS_LIST if listed else b""


def load(path: Any, allow: Collection[str] = ()) -> Any:
    """Read a file that ``save`` wrote, or a pickle of this or an earlier version.

    No code is run that the file names, other than this package's, NumPy's and Python's own
    constructors of values; classes of others are refused.

    Parameters
    ----------
    path : path or binary file
        An ``.npz`` or ``.npy`` file, ``.safetensors``, a pickle, which may be compressed (gzip,
        bz2, xz), or an archive of ``theano.misc.pkl_utils.dump``.
    allow : collection of str
        What else a pickle may name: ``"module"``, with all that is below it, or ``"module.Class"``.
        It can run any code that it has: give it only for files that you trust.

    Returns
    -------
    object
        What was saved: a dict of arrays, a list of arrays, or the object that was pickled, with
        shared variables in it as such.

    Raises
    ------
    pickle.UnpicklingError
        The file names something that is not allowed, which the message names; or it is damaged.
    """
    if not hasattr(path, "read"):
        if Path(path).suffix == SAFETENSORS:
            return load_safetensors(Path(path))
        with open(path, "rb") as file:
            return load(file, allow)
    head = path.read(8)
    path.seek(-len(head), os.SEEK_CUR)
    for start, decompress in COMPRESSED.items():
        if head.startswith(start):
            return load(io.BytesIO(decompress(path.read())), allow)
    if head.startswith(b"\x93NUMPY"):
        return np.load(path, allow_pickle=False)
    if head.startswith(b"PK"):
        return load_archive(path, allow)
    try:
        return SafeUnpickler(path, allow).load()
    except (EOFError, IndexError, KeyError) as error:
        raise pickle.UnpicklingError(
            "the file is neither an archive of arrays nor a whole pickle"
        ) from error


def load_archive(file: BinaryIO, allow: Collection[str]) -> Any:
    """Read an ``.npz`` archive, or one that ``pkl_utils.dump`` wrote."""
    with zipfile.ZipFile(file) as archive:
        if PICKLE in archive.namelist():
            arrays_beside = PersistentNdarrayLoad(archive, allow_pickle=False)
            pickled = io.BytesIO(archive.read(PICKLE))
            return SafeUnpickler(pickled, allow, arrays_beside).load()
        arrays = {}
        for member in archive.namelist():
            with archive.open(member) as part:
                name = member.removesuffix(".npy")
                arrays[name] = np.lib.format.read_array(part, allow_pickle=False)
        return list(arrays.values()) if archive.comment == AS_LIST else arrays


def load_safetensors(path: Path) -> Any:
    """Read a ``.safetensors`` file."""
    tensors = safetensors_numpy(path)
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    arrays = tensors.load(data)
    metadata = json.loads(data[8 : 8 + length]).get("__metadata__", {})
    if metadata.get("theano") != "list":
        return arrays
    return [arrays[f"arr_{i}"] for i in range(len(arrays))]


def safetensors_numpy(path: Path) -> Any:
    """Return the module that reads and writes ``.safetensors``."""
    try:
        return importlib.import_module("safetensors.numpy")
    except ImportError as error:
        raise usage_error(
            ImportError,
            f"the package safetensors, which {path.name} needs, is not installed",
            fix="pip install safetensors, or choose a name that ends with .npz",
        ) from error


def checked_name(name: Any) -> str:
    """Return a name that a file can hold.

    Raises
    ------
    TypeError
        It is none.
    """
    if not isinstance(name, str) or not name:
        raise usage_error(TypeError, "the name of a parameter is no string", got=repr(name))
    return name


def array_of(name: str, value: Any) -> np.ndarray:
    """Return a parameter as an array.

    Raises
    ------
    TypeError
        It is none of numbers.
    """
    if isinstance(value, SharedVariable):
        value = value.get_value(borrow=True)
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "biufcSU":
        raise usage_error(
            TypeError,
            f"the parameter {name} cannot be saved",
            expected="an array, a number, or a shared variable with one",
            got=type(value).__name__,
            fix="leave it out, or save its arrays one by one",
        )
    return array


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of ``path`` once it is whole and on the disk."""
    umask = os.umask(0)
    os.umask(umask)
    place = path.resolve()
    with tempfile.NamedTemporaryFile(
        "wb", dir=place.parent, prefix=f".{place.name}.", delete=False
    ) as file:
        try:
            yield file  # type: ignore[misc]
            file.flush()
            os.fchmod(file.fileno(), place.stat().st_mode if place.exists() else 0o666 & ~umask)
            os.fsync(file.fileno())
            os.replace(file.name, place)
        except BaseException:
            os.unlink(file.name)
            raise
    # The renaming itself must reach the disk too.
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
