"""Pickles that Theano 1.0.5 wrote, recorded by ``tests/oracle/record_pickles.py``."""

from __future__ import annotations

import copy
import lzma
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano.graph import Apply
from theano.graph.scratchpad import Scratchpad
from theano.legacy.relics import EarlierOp, Relic
from theano.tensor.sharedvar import ScalarSharedVariable, TensorSharedVariable
from theano.tensor.signal.pool import DownsampleFactorMax, Pool

PICKLES = Path(__file__).parents[1] / "data" / "pickles"


def recorded(name):
    """Return a recorded object, read as any program would read it."""
    data = (PICKLES / name).read_bytes()
    data = lzma.decompress(data) if name.endswith(".xz") else data
    return pickle.loads(data, encoding="latin1")


SHARED = [f"shared.protocol{protocol}.pkl" for protocol in range(4)] + ["shared.python2.pkl"]


@pytest.mark.parametrize("name", SHARED)
def test_shared_variables(name):
    rng = np.random.RandomState(3)
    expected = {
        "matrix": ("W", rng.uniform(size=(3, 2)).astype("float32")),
        "row": ("r", rng.uniform(size=(1, 2))),
        "scalar": ("s", np.float64(1.5)),
        "number": (None, np.float32(0.25)),
        "integers": (None, np.arange(3)),
        "object": ("list", [1, "two", None]),
        "strict": ("z", np.zeros(2, "float32")),
    }
    found = recorded(name)
    assert found.keys() == expected.keys()
    for key, (label, value) in expected.items():
        variable = found[key]
        assert variable.name == label
        assert (variable.owner, variable.index, variable.source) == (None, None, None)
        assert type(variable.tag) is Scratchpad
        if key != "object":
            assert type(variable) in (TensorSharedVariable, ScalarSharedVariable)
            assert variable.get_value().dtype == value.dtype
        np.testing.assert_array_equal(variable.get_value(), value)
    assert found["matrix"].type == T.fmatrix
    assert found["row"].type == T.drow
    with pytest.raises(TypeError, match="not allowed"):
        found["strict"].set_value(np.zeros(2))


def test_a_loaded_variable_is_an_ordinary_one():
    w = recorded("shared.python2.pkl")["matrix"]
    before = w.get_value()
    step = theano.function([], (w**2).sum(), updates=[(w, w - 0.5 * T.grad((w**2).sum(), w))])
    np.testing.assert_allclose(step(), (before**2).sum(), rtol=1e-6)
    np.testing.assert_array_equal(w.get_value(), np.zeros_like(before))
    again = pickle.loads(pickle.dumps(w))
    assert (again.type, again.name) == (w.type, "W")
    assert copy.copy(w).container is not None


@pytest.mark.parametrize("name", ["models.pkl.xz", "models.python2.pkl.xz"])
def test_models(name):
    found = recorded(name)
    second = found["layers"]
    first = second.below
    values = [p.get_value() for layer in (first, second) for p in layer.params]
    for value, expected in zip(values, found["parameters"], strict=True):
        np.testing.assert_array_equal(value, expected)
    assert isinstance(second.tags, OrderedDict)
    assert second.tags[second.W] == {"trainable", "regularizable"}
    x = np.linspace(0, 1, 8, dtype="float32").reshape(2, 4)
    hidden = 1 / (1 + np.exp(-(x @ values[0] + values[1])))
    expected = 1 / (1 + np.exp(-(hidden @ values[2] + values[3])))
    # The graph that was pickled, and one made by the model's own method.
    model = found["sequential"]
    fresh = T.fmatrix()
    f = theano.function([model.input], model.output)
    np.testing.assert_allclose(f(x), expected, rtol=1e-5)
    f = theano.function([fresh], second.output(fresh))
    np.testing.assert_allclose(f(x), expected, rtol=1e-5)
    brick = found["brick"]
    assert brick.parameters[0].tag.annotations == [brick]
    assert brick.W.tag.roles == ["weight"]


GRAPHS = {**recorded("graphs.pkl.xz"), **recorded("large_graphs.pkl.xz")}


def test_graphs():
    # One function of all, as compiling one for each would take long.
    given: dict = {}
    for inputs, _, values, _ in GRAPHS.values():
        given.update(zip(inputs, values, strict=True))
    names = list(GRAPHS)
    f = theano.function(list(given), [GRAPHS[name][1] for name in names])
    for name, value in zip(names, f(*given.values()), strict=True):
        expected = np.asarray(GRAPHS[name][3])
        assert (value.dtype, value.shape) == (expected.dtype, expected.shape), name
        np.testing.assert_allclose(value, expected, rtol=3e-5, atol=1e-6, err_msg=name)


def test_graphs_can_be_walked_differentiated_and_pickled():
    (x, z), part, _, _ = GRAPHS["arithmetic"]
    assert {x, z} <= set(theano.gof.graph.inputs([part]))
    inputs, cost, _, _ = GRAPHS["cost"]
    again = pickle.loads(pickle.dumps((inputs, cost)))[1]
    assert "categorical" in theano.printing.debugprint(again, file="str").lower()
    (x, *_), part, _, _ = GRAPHS["subtensor"]
    grad = T.grad(part.sum(), x)
    assert grad.type == x.type


FUNCTIONS = recorded("functions.pkl.xz")


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("python", ["", ".python2"])
def test_functions(name, python):
    pickled, calls, expected = recorded(f"functions{python}.pkl.xz")[name]
    f = pickle.loads(pickled, encoding="latin1")
    for arguments, result in zip(calls, expected, strict=True):
        found = f(*arguments)
        assert type(found) is type(result) or not isinstance(result, (dict, list))
        if isinstance(result, dict):
            assert found.keys() == result.keys()
            found, result = list(found.values()), [result[key] for key in found]
        for one, other in zip(as_list(found), as_list(result), strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_allclose(one, other, rtol=1e-5)


def as_list(found):
    return found if isinstance(found, list) else [found]


def test_functions_keep_what_they_were_given():
    f = pickle.loads(FUNCTIONS["train"][0], encoding="latin1")
    assert f.name == "train"
    assert sorted(v.name for v in f.get_shared()) == ["b", "w"]
    assert f.input_storage[2].value == np.float32(0.5)
    again = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(again[again.get_shared()[0]], f[f.get_shared()[0]])
    with theano.config.change_flags(unpickle_function=False):
        assert pickle.loads(FUNCTIONS["train"][0], encoding="latin1") is None


def test_the_makers_of_versions_before_1_0():
    from theano.compile.function_module import (  # noqa: PLC0415
        _constructor_Function,
        _constructor_FunctionMaker,
    )

    x, s = T.dvector("x"), theano.shared(np.zeros(2), "s")
    inputs = [
        theano.In(x, value=np.ones(2)),
        theano.In(s, value=s.container, update=s + x, shared=True),
    ]
    rest = {"fgraph": None, "mode": None, "accept_inplace": False, "profile": None}
    maker = _constructor_FunctionMaker({"inputs": inputs, "outputs": theano.Out(s * x), **rest})
    f = _constructor_Function(maker, [None, s.container], [np.ones(2), np.zeros(2)])
    np.testing.assert_array_equal(f(), [0, 0])
    np.testing.assert_array_equal(f([2.0, 3.0]), [2, 3])
    np.testing.assert_array_equal(s.get_value(), [3, 4])


def test_streams_go_on_where_they_were():
    streams = recorded("streams.pkl.xz")
    for kind, found in (
        (T.shared_randomstreams.RandomStreams, streams["numpy"]),
        (theano.sandbox.rng_mrg.MRG_RandomStreams, streams["mrg"]),
    ):
        assert type(found) is kind
        fresh = kind(5)
        fresh.uniform((2, 3))
        draw = [theano.function([], one.uniform((4,)))() for one in (found, fresh)]
        np.testing.assert_array_equal(*draw)


@pytest.mark.parametrize("name", ["cuda.python2.pkl", "gpuarray.pkl"])
def test_values_of_a_gpu(name):
    found = recorded(name)
    expected = np.random.RandomState(6).uniform(size=(2, 3)).astype("float32")
    assert type(found["value"]) is np.ndarray
    np.testing.assert_array_equal(found["value"], expected)
    variable = found["shared"]
    assert type(variable) is TensorSharedVariable
    assert type(variable.type) is theano.tensor.TensorType
    assert (variable.type, variable.name) == (T.fmatrix, "W")
    np.testing.assert_array_equal(variable.get_value(), expected)
    np.testing.assert_array_equal(variable.eval(), expected)


def test_an_op_that_is_no_more_says_so_when_it_is_used():
    kind = theano.gpuarray.dnn.GpuDnnRNNOp
    assert issubclass(kind, EarlierOp)
    pickled = b"\x80\x02ctheano.gpuarray.dnn\nGpuDnnRNNOp\n)\x81}U\x04modeU\x04lstmsb."
    op = pickle.loads(pickled, encoding="latin1")
    assert (str(op), op.earlier) == ("GpuDnnRNNOp", {"mode": "lstm"})
    with pytest.raises(NotImplementedError, match="GpuDnnRNNOp of an earlier version"):
        op(T.matrix())
    with pytest.raises(NotImplementedError, match="take the values of the shared variables"):
        kind()


def test_relics_take_anything():
    pickled = b"\x80\x02ctheano.gof.opt\nMergeFeature\n)\x81}U\x04lazyNsb."
    assert isinstance(pickle.loads(pickled, encoding="latin1"), Relic)
    with pytest.raises(AttributeError):
        _ = theano.gof.vm.Another


def test_new_states_are_taken_as_they_are():
    x = T.fmatrix("x")
    y = T.set_subtensor(x[1:, 0], 2.0).sum(axis=0) + T.cast(x[[0, 1]], "float64").max()
    x2, y2 = pickle.loads(pickle.dumps((x, y)))
    value = np.arange(6, dtype="float32").reshape(3, 2)
    expected = theano.function([x], y)(value)
    np.testing.assert_array_equal(theano.function([x2], y2)(value), expected)
    assert y2.owner.op == y.owner.op
    assert x2.type == x.type


def node_of(op, *inputs):
    """Return the output of a node as an old pickle gives it: made empty, then given its state."""
    node, output = object.__new__(theano.gof.graph.Apply), object.__new__(T.TensorVariable)
    node.__setstate__({"op": op, "inputs": list(inputs), "outputs": [output], "tag": Scratchpad()})
    output.__setstate__({"type": T.vector().type, "owner": node, "index": 0, "name": None})
    return output


def earlier(kind, **state):
    op = kind.__new__(kind)
    getattr(op, "__setstate__", vars(op).update)(state)
    return op


def test_ops_of_versions_before_1_0():
    x = T.vector("x")
    total = node_of(earlier(theano.tensor.extra_ops.CumsumOp, axis=0), x)
    product = node_of(earlier(theano.tensor.extra_ops.CumprodOp, axis=None), x)
    for found, expected in ((total, [1, 3, 6]), (product, [1, 2, 6])):
        np.testing.assert_array_equal(found.eval({x: [1.0, 2.0, 3.0]}), expected)


def test_an_op_that_cannot_be_built_says_why_when_it_is_used():
    x = T.vector("x")
    # One index too many, as no graph of the time had it.
    op = earlier(theano.tensor.subtensor.Subtensor, idx_list=(slice(None), slice(None)))
    broken = node_of(op, x)
    assert str(broken.owner.op) == "Subtensor"
    with pytest.raises(NotImplementedError, match=r"(?s)Subtensor of an earlier.*too many indices"):
        theano.function([x], broken, mode=theano.Mode(linker="py"))(np.zeros(2))


@pytest.mark.parametrize("kind", [Pool, DownsampleFactorMax])
def test_pools_that_had_their_sizes_in_themselves(kind, rng):
    """As up to version 0.8: the node has the image alone."""
    state = {"ds": (2, 2), "st": (1, 2), "padding": (0, 0), "mode": "sum", "ignore_border": True}
    op, node = kind.__new__(kind), Apply.__new__(Apply)
    op.__setstate__(state)
    x, z = T.dmatrix("x"), T.dmatrix("z")
    node.__setstate__({"op": op, "inputs": [x], "outputs": [z]})
    z.owner, z.index = node, 0
    value = rng.normal(size=(3, 4))
    expected = (value[:-1] + value[1:]).reshape(2, 2, 2).sum(axis=2)
    np.testing.assert_allclose(theano.function([x], z)(value), expected)
    whole = pickle.loads(pickle.dumps(DownsampleFactorMax((2, 2), True)))
    assert (type(whole), whole.ds) == (DownsampleFactorMax, (2, 2))
