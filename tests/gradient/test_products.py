"""Jacobians times vectors, from the left and from the right."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import HOST, check_raises

import theano.tensor as T
from theano import function, shared
from theano.errors import DisconnectedInputError
from theano.gradient import DisconnectedType, Lop, Rop, grad
from theano.graph import Apply, Op

s, v, x = T.dscalar("s"), T.dvector("v"), T.dmatrix("x")


def value(outputs, **given):
    """Return values of expressions of ``s``, ``v`` and ``x``."""
    inputs = [variable for variable in (s, v, x) if variable.name in given]
    f = function(inputs, outputs, mode=HOST, on_unused_input="ignore")
    return f(*[given[variable.name] for variable in inputs])


class Copy(Op):
    """An identity without derivatives."""

    __props__ = ()

    def make_node(self, a):
        return Apply(self, [a], [a.type()])


def test_lop():
    y = v**2
    g = Lop(y, v, T.dvector("e"))
    assert g.type == v.type
    assert isinstance(Lop([y], [v], [v]), list)
    assert isinstance(Lop([y], (v,), [v]), tuple)
    assert value(Lop(y, v, np.array([1.0, 10])), v=[2, 3]).tolist() == [4, 60]
    assert value(Lop([y, v * 3], v, [v, v]), v=[2, 3]).tolist() == [14, 27]
    assert value(Lop([y, y], v, [v, v]), v=[2, 3]).tolist() == [16, 36]
    assert value(Lop(y * v, v, v, consider_constant=[y]), v=[2, 3]).tolist() == [8, 27]
    with check_raises(DisconnectedInputError, "`s`"):
        Lop(y, s, v)
    assert value(Lop(y, s, v, disconnected_inputs="ignore"), s=1, v=[1, 1]) == 0
    with check_raises(ValueError, "Lop()", "1, one for each of `f`", "2"):
        Lop([y], v, [v, v])


def test_rop():
    y = v**2
    assert Rop(y, v, v).type == v.type
    assert isinstance(Rop((y,), v, v), tuple)
    assert isinstance(Rop([y], v, v), list)
    assert Rop(v, v, x[0]).owner is x[0].owner or value(Rop(v, v, x[0]), x=np.eye(2), v=[0, 0])[0]
    assert value(Rop(y, v, np.array([1.0, 10])), v=[2, 3]).tolist() == [4, 60]
    assert value(Rop(y * s, [v, s], [v, s]), v=[2, 3], s=2).tolist() == [24, 54]
    assert Rop(y, v, T.fvector("e")).dtype == "float64"


def test_rop_of_something_linear_takes_the_variable_for_its_shape():
    w, v, x = T.dmatrix("w"), T.dmatrix("v"), T.dvector("x")
    f = function([w, v, x], Rop(T.dot(x, w), w, v))
    np.testing.assert_array_equal(f(np.ones((2, 2)), np.full((2, 2), 2.0), [0, 1]), [2, 2])
    with check_raises(AssertionError, "shape (2, 2)", "shape (2, 3)"):
        f(np.ones((2, 2)), np.ones((2, 3)), [0, 1])


def test_rop_of_what_does_not_depend_on_wrt():
    with check_raises(DisconnectedInputError, "Rop()", "does not depend on `wrt`", "`s`"):
        Rop(s, v, v)
    with pytest.warns(UserWarning, match="does not depend on `wrt`") as caught:
        Rop(s, v, v, disconnected_outputs="warn")
    assert caught[0].filename == __file__
    assert value(Rop(s, v, v, disconnected_outputs="ignore"), s=1, v=[1]) == 0
    assert Rop(s, v, v, disconnected_outputs="ignore", return_disconnected="None") is None
    mark = Rop(s, v, v, disconnected_outputs="ignore", return_disconnected="Disconnected")
    assert isinstance(mark.type, DisconnectedType)


def test_bad_rops():
    with check_raises(ValueError, "another rank", "`v`", "`s`"):
        Rop(v * 2, v, s)
    with check_raises(ValueError, "Rop()", "1, one for each of `wrt`"):
        Rop(v * 2, [v], [v, v])
    with check_raises(NotImplementedError, "no R-op", "Copy", "two Lops", "test_products.py"):
        Rop(Copy()(v), v, v)


def test_rop_through_two_lops(rng):
    """What the error text of a missing R-op advises."""
    y, dual, point = T.tanh(x).sum(axis=0), T.dvector("dual"), T.dmatrix("point")
    twice = Lop(Lop(y, x, dual), dual, point)
    given = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    f = function([x, point], [Rop(y, x, point), twice], givens={dual: T.zeros_like(y)}, mode=HOST)
    assert np.allclose(*f(*given))


def test_rop_of_what_is_computed_from_others_than_wrt_is_zero():
    """Such as the gradient of something linear."""
    w = shared(np.ones(2), "w")
    found = [
        Rop(grad((v * w).sum(), v), v, v),
        Rop(s * 2, v, v),
        Rop(T.exp(w), v, v),
        Rop(T.fill(v, s), v, v),
        Rop(v.shape[0] * s, v, v),
    ]
    assert [np.sum(r) for r in value(found, v=[1, 2], s=3)] == [0] * 5
    refusing = type("Refusing", (Copy,), {"R_op": lambda self, inputs, points: [None]})()
    with check_raises(DisconnectedInputError, "does not depend"):
        Rop(refusing(s), v, v)
    with check_raises(DisconnectedInputError, "cut at:   Refusing"):
        Rop(refusing(v) * w, v, v)
    assert not value(Rop(T.eq(v, w) * w, v, v), v=[1, 2]).any()
    with check_raises(DisconnectedInputError, "cut at:   Shape", "test_products.py:"):
        Rop(T.cast(v.shape[0], "float64"), v, v)
    for form, expected in (("None", type(None)), ("Disconnected", T.TensorVariable)):
        r = Rop(s * 2, v, v, return_disconnected=form)
        assert type(r) is expected or isinstance(r.type, DisconnectedType)


def test_directions_and_results_are_of_the_dtype_of_their_variables():
    f = T.fvector("f")
    assert Rop(f**2, f, v).dtype == "float32"
    assert Rop(T.cast(f, "float64") ** 2, f, f).dtype == "float64"
