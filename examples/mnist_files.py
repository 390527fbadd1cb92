"""The formats that MNIST comes in: IDX files and deeplearning.net's ``mnist.pkl.gz``.

Nothing here knows where files come from or which content is the original one, so that any data
in these formats (Fashion-MNIST, a small sample) is read the same way; only its structure is
checked.

Reference: LeCun, Cortes & Burges, "The MNIST database of handwritten digits" (IDX format).
"""

from __future__ import annotations

import gzip
import io
import math
import os
import pickle
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

IMAGE_SHAPE = (28, 28)
N_PIXELS = math.prod(IMAGE_SHAPE)
N_CLASSES = 10

TRAIN_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST_FILES = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
IDX_FILES = TRAIN_FILES + TEST_FILES
PICKLE_FILE = "mnist.pkl.gz"

_GZIP_MAGIC = b"\x1f\x8b"
_IDX_UINT8 = 0x08


class Digits(NamedTuple):
    """Labelled images: ``images`` uint8 ``(n, 784)``, ``labels`` uint8 ``(n,)`` in 0..9."""

    images: np.ndarray
    labels: np.ndarray


def explain(what: str, *, expected: str, got: str, fix: str) -> str:
    """Text of an error: what was done, what was expected, what was got, how to mend it."""
    return f"{what}\n  expected: {expected}\n  got:      {got}\n  fix:      {fix}"


def unpacked(blob: bytes, where: str, limit: int = -1) -> bytes:
    """``blob`` without its gzip layer; a blob that has none is returned as it is.

    The content decides, not the name: browsers and some servers unpack a ``.gz`` on the way.

    Parameters
    ----------
    blob : bytes
        Content of a file.
    where : str
        Its name, for the error.
    limit : int
        Stop after so many bytes; negative means no limit.

    Raises
    ------
    ValueError
        If the gzip stream is damaged or cut short.
    """
    if not blob.startswith(_GZIP_MAGIC):
        return blob
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(blob)) as stream:
            return stream.read(limit)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            explain(
                f"{where} could not be unpacked.",
                expected="a whole gzip file",
                got=f"{len(blob)} bytes: {error}",
                fix="fetch or copy the file again",
            )
        ) from error


def parse_idx(payload: bytes, rank: int, where: str) -> np.ndarray:
    """Array of an unpacked IDX file of unsigned bytes.

    Parameters
    ----------
    payload : bytes
        Four magic bytes (0, 0, 8, rank), ``rank`` big-endian int32 sizes, the values.
    rank : int
        Number of axes that the file must have: 3 for images, 1 for labels.
    where : str
        Name of the file, for the error.

    Returns
    -------
    numpy.ndarray
        uint8, a read-only view of ``payload``.

    Raises
    ------
    ValueError
        If the magic number differs, or the file is shorter or longer than its header says.
    """
    magic = bytes((0, 0, _IDX_UINT8, rank))
    n_header = 4 + 4 * rank
    if payload[:4] != magic:
        raise ValueError(
            explain(
                f"{where} has a bad magic number.",
                expected=f"0x{magic.hex()} (IDX, unsigned bytes, {rank} axes)",
                got=f"0x{payload[:4].hex()}, {len(payload)} bytes in all",
                fix="check that this is MNIST's own file and that images and labels "
                "are not exchanged",
            )
        )
    sizes = struct.unpack_from(f">{rank}I", payload, 4) if len(payload) >= n_header else ()
    n_expected = n_header + math.prod(sizes) if sizes else n_header
    if not sizes or len(payload) != n_expected:
        raise ValueError(
            explain(
                f"{where} {'is truncated' if len(payload) < n_expected else 'is too long'}.",
                expected=f"{n_expected} bytes for its header"
                + (f" and {' x '.join(map(str, sizes))} values" if sizes else ""),
                got=f"{len(payload)} bytes",
                fix="fetch or copy the file again",
            )
        )
    return np.frombuffer(payload, np.uint8, offset=n_header).reshape(sizes)


def idx_payload(array: np.ndarray) -> bytes:
    """Unpacked IDX file that holds the uint8 ``array``; the inverse of `parse_idx`."""
    header = bytes((0, 0, _IDX_UINT8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8, casting="no", copy=False).tobytes()


def digits_from_idx(images: bytes, labels: bytes, *, where: str) -> Digits:
    """Digits of an images payload and its labels payload; ValueError if they do not fit."""
    pixels = parse_idx(images, 3, f"{where} (images)")
    if pixels.shape[1:] != IMAGE_SHAPE:
        raise ValueError(
            explain(
                f"{where} holds images of another size.",
                expected="28 x 28 pixels",
                got=" x ".join(map(str, pixels.shape[1:])),
                fix="name data in MNIST's format",
            )
        )
    return _checked(
        pixels.reshape(len(pixels), N_PIXELS), parse_idx(labels, 1, f"{where} (labels)"), where
    )


def _checked(images: np.ndarray, labels: np.ndarray, where: str) -> Digits:
    if len(images) != len(labels):
        raise ValueError(
            explain(
                f"{where}: the numbers of images and labels disagree.",
                expected="one label for each image",
                got=f"{len(images)} images and {len(labels)} labels",
                fix="take both files from the same source",
            )
        )
    if len(labels) and labels.max() >= N_CLASSES:
        raise ValueError(
            explain(
                f"{where}: a label is out of range.",
                expected="labels 0 to 9",
                got=f"a label {labels.max()}",
                fix="name data with ten classes",
            )
        )
    return Digits(images, labels)


class _PickledDtype:
    """What a pickle says about a dtype, kept as data: numpy itself is never called."""

    def __init__(self, code: Any, *_flags: Any) -> None:
        text = code.decode("ascii") if isinstance(code, bytes) else str(code)
        if not re.fullmatch("[fiu][1248]", text):
            raise pickle.UnpicklingError(f"dtype {text!r} is neither real nor integer")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order: Any = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        self.dtype = self.dtype.newbyteorder(order)


class _PickledArray:
    """What a pickle says about an array; the array is a view of the bytes in the pickle."""

    array: np.ndarray | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, dtype, fortran, values = state
        self.fill(values, dtype, shape, "F" if fortran else "C")

    def fill(self, values: Any, dtype: Any, shape: tuple[int, ...], order: Any) -> None:
        if not isinstance(dtype, _PickledDtype):
            raise pickle.UnpicklingError("an array without a dtype")
        self.array = np.frombuffer(values, dtype.dtype).reshape(shape, order=order)


def _from_buffer(values: Any, dtype: Any, shape: tuple[int, ...], order: Any) -> _PickledArray:
    pickled = _PickledArray()
    pickled.fill(values, dtype, shape, order)
    return pickled


def _encode(text: str, encoding: str) -> bytes:
    # How protocols 0 to 2 spell a bytes object.
    if encoding not in ("latin1", b"latin1"):
        raise pickle.UnpicklingError(f"text encoded as {encoding!r}")
    return text.encode("latin1")


def _refuse_call(*_args: Any) -> None:
    raise pickle.UnpicklingError("numpy.ndarray called directly")


_ADMITTED: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "dtype"): _PickledDtype,
    ("numpy", "ndarray"): _refuse_call,
    ("_codecs", "encode"): _encode,
}
for _core in ("numpy.core", "numpy._core"):
    _ADMITTED[f"{_core}.multiarray", "_reconstruct"] = lambda *_args: _PickledArray()
    _ADMITTED[f"{_core}.numeric", "_frombuffer"] = _from_buffer


class ArrayUnpickler(pickle.Unpickler):
    """Reads a pickle of tuples, lists, numbers and arrays; any other global is refused.

    The few names by which numpy pickles an array are answered with functions of this module,
    so that a hostile file gets nothing to call but these.
    """

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """Function for a global of the pickle; UnpicklingError if it is not admitted."""
        try:
            admitted = _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, which has no place in a file of arrays"
            ) from None

        # A new function each time: a pickle may set attributes of what it is given.
        def call(*args: Any) -> Any:
            return admitted(*args)

        return call


def read_pickle(stream: BinaryIO | gzip.GzipFile, where: str) -> tuple[Digits, Digits]:
    """Training and test digits of an unpacked ``mnist.pkl``.

    Parameters
    ----------
    stream : binary file
        Pickle of ``(train, valid, test)``, each a pair of an image array ``(n, 784)`` that
        holds pixel/256 exactly (or pixels, if integer) and an integer label array ``(n,)``.
        Pickles of Python 2 are read too.
    where : str
        Name of the file, for the error.

    Returns
    -------
    train, test : Digits
        ``train`` is the training part followed by the validation part.

    Raises
    ------
    ValueError
        If it is damaged, asks for anything but arrays, or has another structure.
    """
    try:
        parts = ArrayUnpickler(stream, encoding="bytes").load()
    # A damaged pickle raises whatever the operation it happens to name raises.
    except Exception as error:
        raise ValueError(
            explain(
                f"{where} could not be unpickled.",
                expected="a whole pickle of numpy arrays",
                got=f"{type(error).__name__}: {error}",
                fix="fetch the file again, from a source that you trust",
            )
        ) from error
    match parts:
        case ((_, _), (_, _), (_, _)):
            named = zip(("train", "valid", "test"), parts, strict=True)
            train, valid, test = (_pickled_digits(pair, f"{where} ({k})") for k, pair in named)
        case _:
            raise _bad_structure(where, f"a {type(parts).__name__}")
    both = (np.concatenate(pair) for pair in zip(train, valid, strict=True))
    return Digits(*both), test


def _pickled_digits(pair: Any, where: str) -> Digits:
    images, labels = (getattr(pickled, "array", None) for pickled in pair)
    if images is None or labels is None:
        raise _bad_structure(where, " and ".join(type(member).__name__ for member in pair))
    if images.ndim != 2 or images.shape[1] != N_PIXELS or labels.ndim != 1:
        raise _bad_structure(where, f"arrays of shapes {images.shape} and {labels.shape}")
    if images.dtype.kind == "f":
        images = images * images.dtype.type(256)
    return _checked(
        _whole_bytes(images, f"{where}: images", "floats pixel/256 with pixel 0 to 255"),
        _whole_bytes(labels, f"{where}: labels", "labels 0 to 9"),
        where,
    )


def _bad_structure(where: str, got: str) -> ValueError:
    return ValueError(
        explain(
            f"{where} has another structure than deeplearning.net's mnist.pkl.gz.",
            expected="(train, valid, test), each (images (n, 784), labels (n,))",
            got=got,
            fix="name a directory with that file or with the four IDX files",
        )
    )


def _whole_bytes(values: np.ndarray, where: str, expected: str) -> np.ndarray:
    # A value out of range casts to something unequal to it, so one comparison finds all.
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.uint8)
    wrong = values[whole != values]
    if wrong.size:
        raise ValueError(
            explain(
                f"{where} hold other values than MNIST's.",
                expected=expected,
                got=f"{wrong.size} values out of range or between, the first is {wrong[0]}"
                " (floats: times 256)",
                fix="name deeplearning.net's file, or the four IDX files",
            )
        )
    return whole


def read_directory(folder: str | os.PathLike[str]) -> tuple[Digits, Digits]:
    """Training and test digits of a directory that the user names.

    The four IDX files are taken where all are there, each raw or with ``.gz``, named
    ``train-images-idx3-ubyte`` or ``train-images.idx3-ubyte``; else ``mnist.pkl.gz``.

    Raises
    ------
    FileNotFoundError
        If the directory does not hold either.
    ValueError
        If a file is damaged or the files do not fit each other.
    """
    folder = Path(folder).expanduser()
    found = {name: _find_idx(folder, name) for name in IDX_FILES}
    paths = [path for path in found.values() if path is not None]
    if len(paths) == len(IDX_FILES):
        payloads = [unpacked(path.read_bytes(), str(path)) for path in paths]
        train = digits_from_idx(*payloads[:2], where=f"{folder}: {' and '.join(TRAIN_FILES)}")
        return train, digits_from_idx(*payloads[2:], where=f"{folder}: {' and '.join(TEST_FILES)}")
    packed = folder / PICKLE_FILE
    if packed.is_file():
        with gzip.open(packed) as stream:
            return read_pickle(stream, str(packed))
    absent = [name for name, path in found.items() if path is None]
    raise FileNotFoundError(
        explain(
            f"MNIST is not in the directory {folder}.",
            expected=f"{', '.join(IDX_FILES)} (raw or .gz), or {PICKLE_FILE}",
            got=f"no {', no '.join(absent)}, no {PICKLE_FILE}"
            if folder.is_dir()
            else "no such directory",
            fix="name another directory (data_dir or THEANO_XLA_DATA), or none to have it fetched",
        )
    )


def _find_idx(folder: Path, name: str) -> Path | None:
    spellings = (name, name.replace("-idx", ".idx"))
    candidates = (folder / (spelling + end) for end in ("", ".gz") for spelling in spellings)
    return next((path for path in candidates if path.is_file()), None)
