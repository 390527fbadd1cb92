"""Slices and None as values of a graph."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from tests.checks import check_raises

import theano.tensor as T
from theano import function
from theano.graph.null_type import DisconnectedType

x, s = T.matrix("x"), T.slicetype("s")
a, b = T.lscalars("ab")
VALUE = np.arange(12.0).reshape(3, 4)
SLICES = [slice(0, 2), slice(None), slice(None, None, -1), slice(-2, None), slice(3, None, -2)]

FORMS = {
    "first": (lambda s: s),
    "both": (lambda s: (s, s)),
    "behind a number": (lambda s: (1, s)),
    "before a number": (lambda s: (s, 0)),
    "with None": (lambda s: (s, None)),
    "after a slice": (lambda s: (slice(0, 2), s)),
}


def test_a_slice_is_an_index():
    read = function([x, s], [x[form(s)] for form in FORMS.values()])
    for given in SLICES:
        for got, form in zip(read(VALUE, given), FORMS.values(), strict=True):
            np.testing.assert_array_equal(got, VALUE[form(given)])


@pytest.mark.parametrize(
    ("index", "plain"),
    [
        (T.make_slice(a, b, None), np.s_[1:3]),
        (T.make_slice(b, a, -1), np.s_[3:1:-1]),
        (T.make_slice(slice(None, b)), np.s_[:3]),
        (T.SliceConstant(T.slicetype, slice(0, np.int64(2))), np.s_[0:2]),
        (T.NoneConst, np.s_[None]),
        ((T.NoneConst, T.make_slice(a, b)), np.s_[None, 1:3]),
    ],
    ids=["both", "down", "from a slice", "constant", "None", "two"],
)
def test_made_slices(index, plain):
    read = function([x, a, b], x[index], on_unused_input="ignore")
    np.testing.assert_array_equal(read(VALUE, 1, 3), VALUE[plain])


def test_slices_are_values():
    made = T.make_slice(a, b, 2)
    assert isinstance(made.type, T.SliceType)
    assert function([a, b], made)(1, 7) == slice(1, 7, 2)
    assert function([], T.NoneConst)() is None
    assert function([], T.slicetype.make_constant(slice(1, 2)))() == slice(1, 2)
    assert T.SliceType() == T.slicetype
    assert hash(T.SliceType()) == hash(T.slicetype)
    assert T.NoneTypeT() == T.none_type_t
    assert (str(T.slicetype), str(T.NoneTypeT())) == ("slice", "NoneTypeT")
    same = pickle.loads(pickle.dumps(T.SliceConstant(T.slicetype, slice(1, 2, 3))))
    assert same.equals(T.SliceConstant(T.slicetype, slice(1, 2, 3)))
    assert not same.equals(T.SliceConstant(T.slicetype, slice(1, 2)))
    assert str(same) == "SliceConstant{1, 2, 3}"


def test_no_gradient():
    node = T.make_slice(a, b).owner
    assert all(isinstance(g.type, DisconnectedType) for g in node.op.L_op(node.inputs, [], []))
    assert node.op.R_op(node.inputs, [None] * 3) == [None]


def test_what_is_no_slice():
    with check_raises(TypeError, "a slice is expected", "3"):
        T.slicetype.filter(3)
    with check_raises(TypeError, "where there is none"):
        T.none_type_t.filter(3)
    with check_raises(TypeError, "no integer", "1.5"):
        T.SliceConstant(T.slicetype, slice(1.5, 2))
    with check_raises(TypeError, "bound that is no integer"):
        T.make_slice(T.scalar(), 3)
    with check_raises(TypeError, "a slice is expected", '"s"'):
        function([s], s)(3)
