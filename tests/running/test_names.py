"""Names of NumPy, SciPy and the standard library that are put back, and helpers for them."""

from __future__ import annotations

import io
import pickle
import sys

import numpy as np
import pytest

from theano.running import builtin_names, numpy_names, stand_ins, standard_names


def test_numpy_names_are_those_that_are_gone():
    names = numpy_names.numpy_names()
    assert not names.keys() & vars(np).keys()
    assert names["float"] is float
    assert names["product"] is np.prod
    for old, new in numpy_names.RENAMED.items():
        assert hasattr(np, new), old


def test_numpy_functions():
    made = numpy_names.MADE
    np.testing.assert_array_equal(made["msort"]([[2, 1], [1, 3]]), [[1, 1], [2, 3]])
    assert made["asscalar"](np.array([3])) == 3
    assert made["asfarray"]([1]).dtype == "float64"
    assert made["asfarray"]([1], "float32").dtype == "float32"
    assert made["issctype"](np.float32) is True
    assert made["issctype"](3) is False
    assert made["obj2sctype"]([1.0]) is np.float64
    assert made["issubsctype"]("float32", np.floating)
    assert made["find_common_type"](["int8", "int32"], []) == "int32"
    assert made["find_common_type"](["float32"], ["int64"]) == "float32"
    assert made["find_common_type"]([], ["int64"]) == "int64"
    assert made["alen"](3) == 1
    np.testing.assert_array_equal(numpy_names.fromstring("1,2", sep=","), [1.0, 2.0])
    assert numpy_names.fromstring("a\xe9", np.uint8).flags.writeable


def test_names_come_and_go():
    assert "sets" not in sys.modules
    with standard_names.restored_names():
        assert np.float is float  # type: ignore[attr-defined]  # noqa: NPY001
        import sets  # type: ignore[import-not-found]  # noqa: PLC0415

        assert sets.Set is set
    assert "float" not in vars(np)
    assert "sets" not in sys.modules


def test_the_table_of_moved_names_is_right():
    for module, names in standard_names.MOVED_NAMES.items():
        if not module.startswith(("scipy", "numpy")):
            continue
        for home in names.values():
            if "images" in home:
                pytest.importorskip("PIL")
            assert standard_names.resolve(home) is not None, home


def test_pickles_of_files_opened_as_text(tmp_path):
    path = tmp_path / "a.pkl"
    with path.open("w") as file:
        stand_ins.dump_pickle({"a": 1}, file, 2)
        stand_ins.Pickler(file, 2).dump([2])
    with path.open() as file:
        assert stand_ins.load_pickle(file) == {"a": 1}
        assert stand_ins.Unpickler(file).load() == [2]
    assert stand_ins.loads_pickle(b"U\x01\xe9.") == "é"
    assert pickle.loads(path.read_bytes()) == {"a": 1}


def test_csv_of_files_opened_as_bytes(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        stand_ins.csv_writer(file).writerow(["é", 1])
    with path.open("rb") as file:
        assert list(stand_ins.csv_reader(file)) == [["é", "1"]]
    with path.open(newline="", encoding="utf-8") as file:
        assert list(stand_ins.csv_reader(file)) == [["é", "1"]]


def test_six_moves_pickle():
    pytest.importorskip("six")
    moves = stand_ins.stand_in("six.moves", False)
    assert moves is not None
    assert moves.cPickle.loads(b"U\x01\xe9.") == "é"
    assert moves.range is range


def test_text_of_any_bytes(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\xe9\r\nb")
    with builtin_names.open_text(path, "rU") as file:
        assert file.read() == "a\udce9\nb"
    assert isinstance(stand_ins.string_io(b""), io.BytesIO)


def test_images(tmp_path):
    pytest.importorskip("PIL")
    from theano.running import images  # noqa: PLC0415 - it needs what may be absent

    grey = np.linspace(0, 1, 12).reshape(3, 4)
    images.imsave(tmp_path / "a.png", grey)
    read = images.imread(tmp_path / "a.png")
    assert (read.dtype, read.shape) == (np.uint8, (3, 4))
    assert (read.min(), read.max()) == (0, 255)
    assert images.imresize(read, (6, 8)).shape == (6, 8)
    assert images.imresize(read, 200).shape == (6, 8)
    assert images.imresize(read, 2.0).shape == (6, 8)
    assert images.imrotate(read, 90).shape == (3, 4)
    colours = images.toimage(np.zeros((3, 5, 6)))
    assert colours.size == (6, 5)
    assert images.fromimage(colours, flatten=True).dtype == "float32"
