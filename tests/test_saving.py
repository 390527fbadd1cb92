"""``theano.save`` and ``theano.load``, and what they refuse to run."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import stat
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import saving
from theano.misc import pkl_utils

PICKLES = Path(__file__).parent / "data" / "pickles"


def same(found, expected):
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(found, expected)


@pytest.fixture
def parameters():
    return {
        "W": theano.shared(np.arange(6, dtype="float32").reshape(2, 3), "W"),
        "layer/b": np.zeros((0, 3), "int8"),
        "rate": 0.5,
        "flag": np.bool_(True),
        "state": theano.shared(2),
    }


def test_a_dict_comes_back_as_it_was(tmp_path, parameters):
    path = tmp_path / "model.npz"
    theano.save(path, parameters)
    found = theano.load(path)
    assert list(found) == list(parameters)
    same(found["W"], parameters["W"].get_value())
    same(found["layer/b"], np.zeros((0, 3), "int8"))
    same(found["rate"], np.asarray(0.5))
    same(found["flag"], np.asarray(True))
    same(found["state"], np.asarray(2))
    found["W"][:] = 0
    with np.load(path) as archive:
        same(archive["W"], parameters["W"].get_value())


@pytest.mark.parametrize("n", [0, 1, 12])
def test_a_list_comes_back_in_order(tmp_path, n):
    path = tmp_path / "params"
    values = [np.full(i, i, "float64") for i in range(n)]
    theano.save(path, [theano.shared(value) for value in values])
    found = theano.load(str(path))
    assert type(found) is list
    for one, value in zip(found, values, strict=True):
        same(one, value)


def test_a_dict_with_the_names_of_a_list_stays_a_dict(tmp_path):
    theano.save(tmp_path / "a", {"arr_0": 1})
    assert list(theano.load(tmp_path / "a")) == ["arr_0"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"W": [object()]}, "the parameter W cannot be saved"),
        ({"W": [[1], [1, 2]]}, "the parameter W cannot be saved"),
        ([theano.shared([1, None])], "the parameter arr_0 cannot be saved"),
        ({1: 2.0}, "name of a parameter is no string"),
        ({"": 2.0}, "name of a parameter is no string"),
        (np.zeros(3), "neither a dict nor a list"),
        (theano.shared(np.zeros(3)), r"write \[x\]"),
    ],
)
def test_what_cannot_be_saved_leaves_the_file(tmp_path, parameters, message):
    path = tmp_path / "model.npz"
    path.write_bytes(b"before")
    with pytest.raises(TypeError, match=message):
        theano.save(path, parameters)
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["model.npz"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    theano.save(path, {"x": 1})

    def fails(*args, **kwargs):
        raise OSError("no space left on the disk")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="no space"):
        theano.save(path, {"x": 2})
    assert theano.load(path) == {"x": 1}
    assert os.listdir(tmp_path) == ["model.npz"]


def test_links_and_permissions_are_kept(tmp_path):
    real, link = tmp_path / "real.npz", tmp_path / "link.npz"
    theano.save(real, {"x": 1})
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(real.stat().st_mode) == 0o666 & ~umask
    real.chmod(0o640)
    link.symlink_to(real)
    theano.save(link, {"x": 2})
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert theano.load(real) == {"x": 2}


class TensorsStandIn(types.ModuleType):
    """Writes and reads as ``safetensors.numpy`` does, as far as it is used."""

    def save(self, tensors, metadata):
        self.given = tensors, metadata
        head = json.dumps({"__metadata__": metadata}).encode()
        return len(head).to_bytes(8, "little") + head

    def load(self, data):
        # The package gives the names in order of their size.
        return dict(reversed(list(self.given[0].items())))


def test_safetensors(tmp_path, monkeypatch):
    module = TensorsStandIn("safetensors.numpy")
    package = types.ModuleType("safetensors")
    package.numpy = module
    monkeypatch.setitem(sys.modules, "safetensors", package)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", module)
    path = tmp_path / "model.safetensors"
    theano.save(path, {"x": np.zeros((2, 3)).T})
    assert module.given[0]["x"].flags.c_contiguous
    assert list(theano.load(path)) == ["x"]
    theano.save(path, [theano.shared(float(i)) for i in range(12)])
    for i, found in enumerate(theano.load(path)):
        same(found, np.asarray(float(i)))


def test_safetensors_that_are_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    for call in (
        lambda: theano.save(tmp_path / "m.safetensors", {"x": 1}),
        lambda: theano.load(tmp_path / "m.safetensors"),
    ):
        with pytest.raises(ImportError, match="pip install safetensors, or choose"):
            call()


# Pickles.


@pytest.mark.parametrize("name", sorted(path.name for path in PICKLES.iterdir()))
def test_old_pickles_are_read_without_their_code(name):
    if name.startswith("models"):
        with pytest.raises(pickle.UnpicklingError, match=r"old_models\.Dense.*could run any code"):
            theano.load(PICKLES / name)
    found = theano.load(PICKLES / name, allow=["tests.legacy.old_models"])
    assert isinstance(found, dict)
    if name.startswith("functions"):
        pickled, calls, _ = found["train"]
        assert theano.load(io.BytesIO(pickled))(*calls[0]).dtype == "float32"


def test_new_pickles_are_read(tmp_path):
    x, w = T.fmatrix("x"), theano.shared(np.ones((2, 2), "float32"), "w")
    f = theano.function([x], T.dot(x, w), updates=[(w, w + 1)])
    for protocol in (2, 4, 5):
        found_x, found_f = theano.load(io.BytesIO(pickle.dumps((x, f), protocol)))
        assert found_x.type == x.type
        same(found_f(np.eye(2, dtype="float32")), np.ones((2, 2), "float32"))
    with gzip.open(tmp_path / "w.pkl.gz", "wb") as file:
        pickle.dump([w, np.float32(1), {"a": (1, None)}], file)
    (found, number, rest) = theano.load(tmp_path / "w.pkl.gz")
    same(found.get_value(), w.get_value())
    assert (number, rest) == (1, {"a": (1, None)})


class Reduced:
    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


def callback(*args):
    raise AssertionError("code of a pickle was run")


HARMFUL = {
    "a function": Reduced(callback, ()),
    "the shell": Reduced(os.system, ("exit 1",)),
    "eval": Reduced(eval, ("1 + 1",)),
    "getattr": Reduced(getattr, (1, "real")),
    "a partial": Reduced(__import__("functools").partial, (int,)),
    "a function of ours": Reduced(theano.function, ()),
    "an import": Reduced(theano.compile.ops.load_back, ("os", "system")),
    "an op of a function": Reduced(theano.compile.FromFunctionOp, (int, [], [])),
    "an array of objects": np.array([Reduced(callback, ())], dtype=object),
    "what a class names": {"a": [Reduced(list, ([Reduced(callback, ())],))]},
}


@pytest.mark.parametrize("name", HARMFUL)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_nothing_that_a_pickle_names_is_run(name, protocol):
    data = pickle.dumps(HARMFUL[name], protocol)
    with pytest.raises(pickle.UnpicklingError, match=r"the file names .* not read"):
        theano.load(io.BytesIO(data))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"cos\nsystem\n(S'exit 1'\ntR.", r"names os\.system"),
        (b"(S'exit 1'\nios\nsystem\n.", r"names os\.system"),
        (b"c__builtin__\neval\n(S'1'\ntR.", r"names builtins\.eval"),
        (b"\x80\x04\x8c\x06theano\x8c\tos.system\x93.", "names theano.os.system"),
        (b"\x80\x04\x8c\x0ctheano.graph\x8c\x0cOp.__class__\x93.", r"names theano\.graph\.Op\."),
        (b"ctheano.cli.__main__\nmain\n.", r"names theano\.cli\.__main__\.main"),
        (b"ccollections\nOrderedDict\nN}(S'keys'\nNu\x86b.", "change a class"),
        (b"ctheano.tensor.type\nTensorType\nN}(S'filter'\nNu\x86b.", "change a class"),
        (b"c_codecs\nencode\n(S'x'\nS'zip'\ntR.", "not as latin1"),
        (b"", "neither an archive of arrays nor a whole pickle"),
        (b"not a pickle", "neither an archive"),
        (b"\x80\x02]", "neither an archive"),
    ],
)
def test_crafted_pickles(data, message):
    before = T.TensorType.filter
    with pytest.raises(pickle.UnpicklingError, match=message):
        theano.load(io.BytesIO(data))
    assert T.TensorType.filter is before


def test_the_advice_names_what_to_allow():
    data = pickle.dumps(Reduced(callback, ()))
    with pytest.raises(pickle.UnpicklingError) as caught:
        theano.load(io.BytesIO(data))
    assert f"theano.load(path, allow=['{__name__}.callback'])" in str(caught.value)
    with pytest.raises(AssertionError, match="was run"):
        theano.load(io.BytesIO(data), allow=[f"{__name__}.callback"])
    with pytest.raises(pickle.UnpicklingError):
        theano.load(io.BytesIO(data), allow=[f"{__name__}.call"])
    with pytest.raises(pickle.UnpicklingError, match="unless you know who made it"):
        theano.load(io.BytesIO(pickle.dumps(os.system)))


def test_arrays_of_objects_in_archives_are_not_read(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([Reduced(callback, ())], dtype=object))
    np.save(tmp_path / "a.npy", np.array([Reduced(callback, ())], dtype=object))
    for name in ("a.npz", "a.npy"):
        with pytest.raises(ValueError, match="allow_pickle=False"):
            theano.load(tmp_path / name)
    same_as = np.arange(3)
    np.save(tmp_path / "b.npy", same_as)
    same(theano.load(tmp_path / "b.npy"), same_as)


# theano.misc.pkl_utils


def test_archives_of_pkl_utils(tmp_path):
    one, two = theano.shared(np.arange(3.0), "foo"), theano.shared(np.ones((2, 2)), "foo")
    path = tmp_path / "model.zip"
    with path.open("wb") as file:
        pkl_utils.dump((one, two, np.array(2), one), file)
    with np.load(path) as archive:
        assert sorted(archive) == ["array_0", "foo", "foo_2", "pkl"]
        same(archive["foo_2"], np.ones((2, 2)))
    for load in (pkl_utils.load, theano.load):
        with path.open("rb") as file:
            found = load(file)
        assert found[0] is found[3]
        same(found[0].get_value(), np.arange(3.0))
        same(found[1].get_value(), np.ones((2, 2)))
        same(found[2], np.array(2))


def test_options_of_pkl_utils(tmp_path):
    def dump(obj, **options):
        def persistent_id(archive):
            return pkl_utils.PersistentSharedVariableID(archive, **options)

        pkl_utils.dump(obj, io.BytesIO(), persistent_id=persistent_id)

    same_name = [theano.shared(1, "x"), theano.shared(2, "x")]
    dump(same_name)
    with pytest.raises(ValueError, match="several shared variables have the name 'x'"):
        dump(same_name, allow_duplicates=False)
    dump(theano.shared(1))
    with pytest.raises(ValueError, match="has no name"):
        dump(theano.shared(1), allow_unnamed=False)
    with pytest.raises(ValueError, match="name 'pkl'"):
        dump(theano.shared(1, "pkl"))
    theano.save(tmp_path / "a.npz", {"x": 1})
    with pytest.raises(ValueError, match="the archive holds no pickle"):
        pkl_utils.load(tmp_path / "a.npz")


def test_the_strip_pickler_leaves_tags_out_and_the_object_alone():
    x = T.dvector("x")
    x.tag.test_value, x.tag.trace, x.tag.kept, x.tag.mine = np.ones(2), ["line"], 1, 2
    file = io.BytesIO()
    pkl_utils.StripPickler(file, 2, extra_tag_to_remove=["mine"]).dump([x, x.sum()])
    found, total = pkl_utils.CompatUnpickler(io.BytesIO(file.getvalue())).load()
    assert vars(found.tag) == {"kept": 1}
    assert total.eval({found: [1.0, 2.0]}) == 3
    assert x.tag.mine == 2


def test_an_archive_cannot_hide_code_in_its_arrays(tmp_path):
    file = io.BytesIO()
    np.save(file, np.array([Reduced(callback, ())], dtype=object))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("pkl", b"S'ndarray.x'\nQ.")
        archive.writestr("x", file.getvalue())
    with pytest.raises(ValueError, match="allow_pickle=False"):
        theano.load(tmp_path / "a.zip")


def test_the_front_door_has_both():
    assert theano.load is saving.load
    assert theano.save is saving.save
