"""Lists of values of one type."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from tests.checks import check_raises

import theano.tensor as T
from theano import function, shared, typed_list
from theano.typed_list import TypedListType, TypedListVariable

VECTORS = TypedListType(T.dvector)
NESTED = TypedListType(T.dvector, 1)
values, other, nested = VECTORS("values"), VECTORS("other"), NESTED("nested")
v, i = T.dvector("v"), T.lscalar("i")
s = T.slicetype("s")
A, B, C = np.array([1.0, 2.0]), np.array([3.0]), np.array([4.0, 5.0, 6.0])


def check_list(got, want):
    assert isinstance(got, list)
    assert [g.tolist() for g in got] == [w.tolist() for w in want]


INPUTS = [values, other, v, i, s]
ARGUMENTS = [A, B], [C], B, 1, slice(0, 1)
LISTS = {
    "append": (values.append(v), [A, B, B]),
    "extend": (values.extend(other), [A, B, C]),
    "insert": (values.insert(i, v), [A, B, B]),
    "insert at a number": (values.insert(-9, v), [B, A, B]),
    "remove": (values.remove(v), [A]),
    "remove nothing": (other.remove(v), [C]),
    "reverse": (values.reverse(), [B, A]),
    "slice": (values[s], [A]),
    "slice of numbers": (values[::-1], [B, A]),
    "make_list": (typed_list.make_list([v, v + 1]), [B, B + 1]),
    "in place": (typed_list.Append(inplace=True)(values, v), [A, B, B]),
    "chain": (values.append(v).reverse().remove(v), [B, A]),
}
ARRAYS = {
    "element": (values[i], B),
    "last": (values[-1], B),
    "length": (typed_list.length(values), np.int64(2)),
    "count": (values.count(v), np.float64(1)),
    "place": (values.ind(v), np.float64(1)),
    "further on": (values[0] * 2 + values.extend(other)[2].sum(), A * 2 + 15),
}


def test_lists_and_their_elements():
    wanted = [*(variable for variable, _ in LISTS.values()), *(v for v, _ in ARRAYS.values())]
    results = function(INPUTS, wanted)(*copy.deepcopy(ARGUMENTS))
    for got, (_, want) in zip(results[: len(LISTS)], LISTS.values(), strict=True):
        check_list(got, want)
    for got, (variable, want) in zip(results[len(LISTS) :], ARRAYS.values(), strict=True):
        assert got.dtype == variable.type.dtype == want.dtype
        np.testing.assert_array_equal(got, want)


def test_nobody_shares_memory_with_a_result():
    given = [A.copy(), B.copy()]
    out = function([values, v], [values.append(v), values, values[0]])(given, A)
    for result in (out[0][0], out[0][2], out[1][0], out[2]):
        result[:] = -1
    check_list(given, [A, B])
    assert A.tolist() == [1, 2]
    overwritten = function([values], typed_list.Reverse(inplace=True)(values))
    check_list(overwritten(given), [B, A])
    check_list(given, [A, B])


def test_lists_of_lists():
    outputs = [nested.append(values), nested[0], nested.count(values), nested.ind(values)]
    whole, first, count, place = function([nested, values], outputs)([[A], [A, B]], [A, B])
    assert [len(one) for one in whole] == [1, 2, 2]
    check_list(first, [A])
    assert (count, place) == (1, 1)
    whole[1][0][:] = -1
    assert A.tolist() == [1, 2]


def test_a_list_as_state():
    state = shared([A, B])
    assert not isinstance(state.type, TypedListType)
    grown = function([values, v], values.append(v))
    check_list(grown(grown([], A), B), [A, B])


def test_types():
    assert VECTORS == TypedListType(T.dvector) != NESTED == TypedListType(VECTORS)
    assert hash(NESTED) == hash(TypedListType(VECTORS))
    assert TypedListType(T.fvector) != VECTORS
    assert str(VECTORS) == f"TypedList <{T.dvector}>"
    assert (VECTORS.get_depth(), NESTED.get_depth(), TypedListType(T.dvector, 3).get_depth()) == (
        0,
        1,
        3,
    )
    assert (VECTORS.ndim, NESTED.ndim, VECTORS.dtype) == (2, 3, T.dvector)
    assert isinstance(values, TypedListVariable)
    assert (values.ttype, values.dtype, values.ndim) == (T.dvector, "float64", 2)
    check_list(VECTORS.filter(([1, 2], B)), [A, B])
    given = [A]
    assert VECTORS.filter(given, strict=True) is given
    assert VECTORS.values_eq([A, B], [A.copy(), B])
    assert not VECTORS.values_eq([A], [A, B])
    assert not VECTORS.values_eq([A], [A + 1])
    assert VECTORS.values_eq_approx([A], [A + 1e-12])
    assert VECTORS.may_share_memory([A, B], [C, B[:]])
    assert not VECTORS.may_share_memory([A, B], [C])
    constant = VECTORS.make_constant([A])
    assert constant.equals(constant)
    check_list(function([], constant.append(T.constant(C)))(), [A, C])


def test_ops_compare_and_pickle():
    assert typed_list.Append() == typed_list.append != typed_list.Append(inplace=True)
    for variable, want in (LISTS["chain"], LISTS["make_list"]):
        run = pickle.loads(pickle.dumps(function(INPUTS, variable, on_unused_input="ignore")))
        check_list(run(*copy.deepcopy(ARGUMENTS)), want)


@pytest.mark.parametrize(
    ("build", "kind", "text"),
    [
        (lambda: TypedListType(T.dvector, -1), ValueError, "depth=-1"),
        (lambda: TypedListType("float64"), TypeError, "no type for its elements"),
        (lambda: VECTORS.filter(3), TypeError, "needs a list"),
        (lambda: VECTORS.filter(A, strict=True), TypeError, "needs a list"),
        (lambda: VECTORS.filter([np.zeros((2, 2))]), TypeError, "vector"),
        (lambda: values[1.5], TypeError, "integer"),
        (lambda: values[v], TypeError, "an integer or a slice"),
        (lambda: values.append(T.fvector()), TypeError, "another type than the list holds"),
        (lambda: values.extend(nested), TypeError, "another type"),
        (lambda: values.insert(v, v), TypeError, "an integer or a slice"),
        (lambda: typed_list.append(v, v), TypeError, "needs a list"),
        (lambda: typed_list.make_list([v, T.dmatrix()]), TypeError, "another type"),
        (lambda: typed_list.make_list([]), ValueError, "list of nothing"),
    ],
)
def test_errors_while_building(build, kind, text):
    with check_raises(kind, text):
        build()


def test_errors_while_running():
    run = function([values, i, v], [values[i], values.ind(v)])
    with check_raises(IndexError, "from -2 to 1", "2"):
        run([A, B], 2, A)
    with check_raises(ValueError, "an element that it has not"):
        run([A, B], 0, C)
