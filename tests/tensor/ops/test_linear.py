"""Products of vectors, matrices and tensors."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.tensor.ops.linear import WIDE, Dot

SHAPES = [
    ((2, 3), (3, 4)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((1, 3), (3, 1)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((0,), (0,)),
    ((2, 0), (0,)),
]


@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
def test_dot(left, right, rng):
    x, y = rng.normal(size=left), rng.normal(size=right)
    check_op(T.dot, [x, y], np.dot(x, y))


@pytest.mark.parametrize(("left", "right"), SHAPES[:4], ids=str)
@pytest.mark.parametrize(
    "dtypes",
    [
        ("float32",) * 2,
        ("float32", "float64"),
        ("int8", "float32"),
        ("complex128",) * 2,
        ("float64", "complex128"),
    ],
    ids=str,
)
def test_dot_of_several_dtypes(left, right, dtypes, rng):
    x = (rng.normal(size=left) * 3).astype(dtypes[0])
    y = (rng.normal(size=right) * 3).astype(dtypes[1])
    if dtypes[1] == "complex128":
        y = y * (1 - 0.5j)
    check_op(T.dot, [x, y], lambda x, y: np.dot(x, y))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64"])
def test_discrete_dot(dtype):
    x, y = np.array([[100, 0], [7, 1]]).astype(dtype), np.array([[2, 0], [3, 0]]).astype(dtype)
    check_op(T.dot, [x, y], np.dot(x, y))


def test_float16_dot():
    x = np.array([[1, 2], [0.5, 4]], "float16")
    check_op(T.dot, [x, x], np.dot(x, x))


def test_broadcastable_operands(rng):
    row, column = T.TensorType("float64", (True, False)), T.TensorType("float64", (False, True))
    one = T.TensorType("float64", (True,))
    assert T.dot(row(), column()).broadcastable == (True, True)
    assert T.dot(column(), row()).broadcastable == (False, False)
    x, y = rng.normal(size=(1, 3)), rng.normal(size=(3, 1))
    check_op(T.dot, [x, y], x @ y, types=[row, column])
    check_op(T.dot, [y, x], y @ x, types=[column, row])
    check_op(T.dot, [x[0, :1], x], x[0, :1] @ x, types=[one, row])
    check_op(T.dot, [y, x[0, :1]], y @ x[0, :1], types=[column, one])
    check_op(T.dot, [x[0, :1], y[0]], x[0, :1] @ y[0], types=[one, one])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((), (2, 3)),
        ((3,), ()),
        ((2, 3, 4), (4, 2)),
        ((3, 4), (2, 4, 2)),
        ((4,), (2, 4, 3)),
        ((2, 3, 4), (4,)),
        ((2, 2, 3), (2, 3, 2)),
    ],
    ids=str,
)
def test_dot_of_other_ranks(left, right, rng):
    x, y = rng.normal(size=left), rng.normal(size=right)
    check_op(T.dot, [x, y], np.dot(x, y))


@pytest.mark.parametrize(
    ("left", "right", "axes"),
    [
        ((2, 3, 4), (3, 4, 2), 2),
        ((2, 3), (3, 2), 1),
        ((2, 3), (2,), 0),
        ((), (2,), 0),
        ((2, 3, 4), (4, 3, 5), [[1, 2], [1, 0]]),
        ((2, 3), (4, 3), [1, 1]),
        ((2, 3), (3, 2), [[-1], [-2]]),
        ((2, 3), (2, 3), [[0, 1], [0, 1]]),
        ((2, 0), (0, 3), 1),
    ],
    ids=str,
)
def test_tensordot(left, right, axes, rng):
    x, y = rng.normal(size=left), rng.normal(size=right)
    check_op(lambda x, y: T.tensordot(x, y, axes), [x, y], np.tensordot(x, y, axes))


@pytest.mark.parametrize("axes", [3, [[0], [2]], [[0, 0], [0, 1]], [[0], [0, 1]], [[-3], [0]]])
def test_bad_axes_of_tensordot(axes):
    with check_raises(ValueError, "axes that do not fit", "2 and 2", str(axes)):
        T.tensordot(T.matrix(), T.matrix(), axes)


def test_outer(rng):
    x, y = rng.normal(size=2), rng.normal(size=3)
    check_op(T.outer, [x, y], np.outer(x, y))
    check_value(T.outer, [x.reshape(1, 2), np.float64(2)], np.outer(x, 2))


def test_operators(rng):
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    check_value(lambda x, y: [x.dot(y), x @ y], [x, y], [x @ y, x @ y])
    check_value(lambda y: [T.dot(x, y), x @ y, y.__rmatmul__(x)], [y], [x @ y] * 3)
    check_value(lambda y: T.dot([[1.0, 2, 3]], y), [y], np.array([[1.0, 2, 3]]) @ y)


@pytest.mark.parametrize(
    ("left", "right"), [((2, 3), (2, 2)), ((3,), (2,)), ((2, 3), (2,)), ((1,), (3,))], ids=str
)
def test_inner_lengths_that_differ(left, right):
    check_op_raises(
        T.dot, [np.zeros(left), np.zeros(right)], ValueError, "inner lengths", str(left), str(right)
    )


def test_bad_operands():
    with check_raises(TypeError, "1 or 2 dimensions", "`t3`", "tensordot"):
        Dot()(T.tensor3("t3"), T.matrix())
    with check_raises(TypeError):
        T.dot("a", T.matrix())


@pytest.mark.parametrize("dtypes", [("float32", "float32"), ("float64", "float32")], ids=str)
@pytest.mark.parametrize("columns", [WIDE - 1, WIDE])
def test_product_of_a_transposed_matrix(columns, dtypes, rng):
    """From WIDE columns on, the CPU multiplies a transposed copy."""
    x, y = (
        rng.normal(size=(5, 3)).astype(dtypes[0]),
        rng.normal(size=(5, columns)).astype(dtypes[1]),
    )
    check_op(lambda x, y: T.dot(x.T, y), [x, y], x.T @ y, wrt=[0])
