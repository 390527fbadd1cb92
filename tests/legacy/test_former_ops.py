"""What used to be ops, linkers and private names, each against what it is now."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from tests.checks import check_raises, check_value

import theano
import theano.tensor as T
from theano import FunctionGraph, gof, scalar
from theano.compile import Mode
from theano.raise_op import Raise
from theano.tensor import extra_ops

X = np.array([[0.5, 0.0, -2.0], [1.0, 3.0, 0.0]])
N = np.array([2, 0, 1])


@pytest.mark.parametrize(
    ("op", "values", "expected"),
    [
        (T.Choose(mode="wrap"), [N + 2, X], np.choose(N + 2, X, mode="wrap")),
        (T.Default(), [X, X], X),
        (T.Flatten(1), [X], X.ravel()),
        (T.Mean(), [X.astype("float32")], X.mean()),
        (T.Mean(axis=0), [X.astype("float32")], X.mean(0)),
        (T.Nonzero(), [X], np.array(np.nonzero(X))),
        (T.PermuteRowElements(), [X, N], X[:, N]),
        (T.Tile(ndim=2), [X, np.array([2, 1])], np.tile(X, (2, 1))),
        (T.basic._dot, [X, X.T], X @ X.T),
        (T.basic._convert_to_int8, [X], X.astype("int8")),
        (T.mod_check, [X, np.float64(2)], X % 2),
        (T.opt.make_vector, [N[0], N[1]], N[:2]),
        (extra_ops.Bartlett(), [np.int64(5)], np.bartlett(5)),
        (extra_ops.CpuContiguous(), [X], X),
        (extra_ops.DiffOp(), [X], np.diff(X)),
        (extra_ops.DiffOp(n=2, axis=1), [X], np.diff(X, 2)),
    ],
    ids=lambda given: type(given).__name__ if callable(given) else "",
)
def test_what_used_to_be_an_op(op, values, expected):
    check_value(op, values, expected, compiled=not isinstance(op, T.Nonzero))


def test_a_tensor_whose_contents_do_not_matter():
    n = T.lscalar()
    made = T.AllocEmpty("float32")(n, 3)
    assert made.type == T.fmatrix
    assert made.shape.eval({n: 2}).tolist() == [2, 3]


def test_a_default_of_another_type():
    with check_raises(TypeError, "default is of another type", "vector"):
        T.default(T.dvector(), T.dmatrix())


def test_names_that_come_with_a_star():
    namespace: dict[str, object] = {}
    exec("from theano.tensor import *", namespace)
    assert namespace["theano"] is theano
    assert namespace["np"] is np
    assert namespace["scal"] is scalar
    assert namespace["basic"] is T.basic
    assert {"Mean", "default", "int_dtypes", "dmatrix"} <= namespace.keys()


@pytest.mark.parametrize(
    "linker",
    [gof.PerformLinker(), gof.OpWiseCLinker(), gof.CLinker(), gof.DualLinker()],
    ids=lambda v: type(v).__name__,
)
def test_linkers(linker):
    x, y = scalar.floats("xy")
    graph = FunctionGraph([x, y], [x + y, x * y])
    run = copy.copy(linker).accept(graph).make_function()
    assert run(2.0, 3.0) == [5.0, 6.0]
    one = FunctionGraph([x], [x * 2])
    assert linker.accept(one).make_function()(2.0) == 4.0
    assert linker.accept(one).make_function(unpack_single=False)(2.0) == [4.0]
    assert Mode(linker=linker).on_host is isinstance(linker, gof.PerformLinker)


def test_an_op_that_raises():
    x = T.vector("x")
    first, second = Raise("not here"), Raise("no value", ValueError)
    assert first == Raise("not here")
    assert first != second
    assert str(first) == "Raise{<class 'NotImplementedError'>(not here)}"
    for op, kind in ((first, NotImplementedError), (second, ValueError)):
        value = op(x)
        assert value.type == x.type
        with pytest.raises(kind, match=op.msg):
            theano.function([x], value)([1.0])
