"""MNIST in every format it is found in, whole and damaged: IDX files and pickles, packed or not."""

from __future__ import annotations

import gzip
import os
import pickle
import struct

import numpy as np
import pytest
from tests.examples.load.small_mnist import (
    NAMES,
    PAYLOADS,
    assert_is_small_mnist,
    damaged,
    everything,
    idx_files,
    make_digits,
    pickle_parts,
    python2_pickle,
    write_all,
    write_pickle,
)


@pytest.mark.parametrize("pack", [False, True], ids=["raw", "gz"])
def test_idx_directory(tmp_path, pack):
    assert_is_small_mnist(everything(data_dir=write_all(tmp_path / "data", pack=pack)))


def test_idx_directory_as_text_and_mixed(tmp_path):
    folder = write_all(tmp_path / "data")
    packed = gzip.compress((folder / NAMES[0]).read_bytes())
    (folder / NAMES[0]).rename(folder / "train-images.idx3-ubyte")
    (folder / NAMES[3]).unlink()
    (folder / (NAMES[3] + ".gz")).write_bytes(PAYLOADS[NAMES[3]])
    assert_is_small_mnist(everything(data_dir=str(folder)))
    (folder / "train-images.idx3-ubyte").write_bytes(packed)
    assert_is_small_mnist(everything(data_dir=str(folder)))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_directory(tmp_path, protocol):
    folder = write_pickle(tmp_path / "data", pickle.dumps(pickle_parts(), protocol))
    assert_is_small_mnist(everything(data_dir=folder))


def test_pickle_of_python_2(tmp_path):
    folder = write_pickle(tmp_path / "data", python2_pickle(pickle_parts()))
    assert_is_small_mnist(everything(data_dir=folder))


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize(
    ("image_dtype", "label_dtype"), [(">f4", ">i8"), ("float64", "uint8"), ("float32", "int32")]
)
def test_pickle_dtypes_and_orders(tmp_path, image_dtype, label_dtype, protocol):
    parts = [
        (np.asfortranarray(images), labels)
        for images, labels in pickle_parts(image_dtype, label_dtype)
    ]
    folder = write_pickle(tmp_path / "data", pickle.dumps(parts, protocol))
    assert_is_small_mnist(everything(data_dir=folder))


def test_idx_files_go_before_the_pickle_if_all_are_there(tmp_path):
    other = make_digits(30, seed=3), make_digits(12, seed=4)
    folder = write_all(tmp_path / "data", idx_files(*other))
    write_pickle(folder, pickle.dumps(pickle_parts()))
    np.testing.assert_array_equal(everything(data_dir=folder)[0], other[0][0] / 255)
    (folder / NAMES[1]).unlink()
    assert_is_small_mnist(everything(data_dir=folder))


def test_a_pickle_that_asks_for_more_than_arrays_is_refused(tmp_path):
    marker = tmp_path / "marker"

    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(marker),)

    (images, _labels), valid, test = pickle_parts()
    content = pickle.dumps(((images, Attack()), valid, test))
    pickle.loads(content)
    marker.rmdir()
    folder = write_pickle(tmp_path / "data", content)
    with pytest.raises(ValueError, match=r"(?s)mnist\.pkl\.gz could not be.*asks for .*\.mkdir"):
        everything(data_dir=folder)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"cbuiltins\neval\n(S'1'\ntR.", "asks for builtins.eval"),
        (b"cnumpy\nload\n(S'file'\ntR.", "asks for numpy.load"),
        (b"cnumpy\nndarray\n(I99\ntR.", "numpy.ndarray called"),
        (b"\x80\x04\x8c\x05numpy\x8c\x0edtype.__init__\x93.", "asks for numpy.dtype.__init__"),
        (b"c_codecs\nencode\n(Vx\nVidna\ntR.", "text encoded as 'idna'"),
        (pickle.dumps(((np.array([None]),) * 2,) * 3), "dtype 'O8'"),
        (pickle.dumps(pickle_parts())[:-2000], "could not be unpickled"),
        (b"", "EOFError"),
        (b"\x00nonsense", "could not be unpickled"),
        (pickle.dumps([1, 2, 3]), "got: +a list"),
        (pickle.dumps(((1, 2),) * 3), "got: +int and int"),
        (pickle.dumps(((np.zeros((3, 7)), np.zeros(3)),) * 3), r"shapes \(3, 7\) and \(3,\)"),
        (pickle.dumps(((np.zeros((3, 784)), np.zeros(4)),) * 3), "3 images and 4 labels"),
        (pickle.dumps(((np.full((3, 784), 1 / 255), np.zeros(3)),) * 3), "pixel/256"),
        (pickle.dumps(((np.full((3, 784), 1.0), np.zeros(3)),) * 3), "pixel/256"),
        (pickle.dumps(((np.full((3, 784), np.nan), np.zeros(3)),) * 3), "pixel/256"),
        (pickle.dumps(((np.zeros((3, 784)), np.full(3, -1)),) * 3), "labels 0 to 9"),
        (pickle.dumps(((np.zeros((3, 784)), np.full(3, 10)),) * 3), "label 10"),
    ],
)
def test_bad_pickles(tmp_path, content, text):
    with pytest.raises(ValueError, match=f"(?s)mnist.pkl.gz.*{text}"):
        everything(data_dir=write_pickle(tmp_path / "data", content))


def test_a_pickle_cannot_change_what_the_next_one_meets(tmp_path):
    # BUILD sets an attribute of what stands for numpy's dtype, here to undo its __setstate__.
    hostile = b"cnumpy\ndtype\n(N}(V__setstate__\nNutb."
    other = hostile.replace(b"numpy\ndtype", b"numpy.core.multiarray\n_reconstruct")
    for content in (hostile, other):
        with pytest.raises(ValueError, match="structure"):
            everything(data_dir=write_pickle(tmp_path / "hostile", content))
    folder = write_pickle(tmp_path / "data", pickle.dumps(pickle_parts(), 2))
    assert_is_small_mnist(everything(data_dir=folder))


@pytest.mark.parametrize(
    ("payloads", "text"),
    [
        (
            damaged(NAMES[0], PAYLOADS[NAMES[1]]),
            "bad magic number.*0x00000803.*0x00000801.*not exchanged",
        ),
        (damaged(NAMES[3], b"<html>"), "bad magic number.*0x00000801.*0x3c68746d, 6 bytes"),
        (damaged(NAMES[1], b""), "bad magic number.*0 bytes"),
        (
            damaged(NAMES[0], PAYLOADS[NAMES[0]][:-1]),
            r"is truncated.*23536 bytes.*30 x 28 x 28 values.*got: +23535",
        ),
        (damaged(NAMES[2], PAYLOADS[NAMES[2]] + b"\0"), "is too long.*9424 bytes.*got: +9425"),
        (damaged(NAMES[2], PAYLOADS[NAMES[2]][:9]), "is truncated.*16 bytes.*got: +9 bytes"),
        (
            damaged(NAMES[1], PAYLOADS[NAMES[3]]),
            "disagree.*30 images and 12 labels.*same source",
        ),
        (
            damaged(NAMES[0], struct.pack(">4i", 2051, 30, 14, 14) + bytes(30 * 196)),
            "another size.*14 x 14",
        ),
        (
            damaged(NAMES[3], struct.pack(">2i", 2049, 12) + bytes(11) + b"\x0a"),
            "out of range.*label 10",
        ),
    ],
)  # fmt: skip
def test_bad_idx_files(tmp_path, payloads, text):
    for pack in (False, True):
        folder = write_all(tmp_path / f"data{pack}", payloads, pack)
        with pytest.raises(ValueError, match=f"(?s){folder}.*{text}"):
            everything(data_dir=folder)


def test_a_truncated_gzip_file(tmp_path):
    folder = write_all(tmp_path / "data", pack=True)
    path = folder / (NAMES[0] + ".gz")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=f"(?s){path} could not be unpacked.*whole gzip file"):
        everything(data_dir=folder)
