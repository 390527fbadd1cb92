"""Products along a batch axis."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.tensor.ops.linear import BatchedDot


def by_element(product):
    def of_batch(x, y):
        return np.array([product(a, b) for a, b in zip(x, y, strict=True)])

    return of_batch


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((2,), (2,)),
        ((2,), (2, 3, 4)),
        ((2, 3), (2,)),
        ((2, 3), (2, 3)),
        ((2, 3), (2, 3, 4)),
        ((2, 3, 4), (2, 4)),
        ((2, 3, 4), (2, 4, 5)),
        ((2, 2, 3, 2), (2, 2, 3)),
        ((2, 3, 2), (2, 3, 2, 2)),
        ((2, 2, 2, 3), (2, 2, 3, 2)),
        ((2, 3), (2, 2, 3, 2)),
        ((2, 2, 3, 2), (2, 2)),
        ((0, 3, 4), (0, 4, 5)),
        ((2, 0, 4), (2, 4, 5)),
        ((2, 3, 0), (2, 0, 5)),
    ],
    ids=str,
)
def test_batched_dot(left, right, rng):
    x, y = rng.normal(size=left), rng.normal(size=right)
    check_op(T.batched_dot, [x, y], by_element(np.dot)(x, y) if left[0] else np.zeros((0, 3, 5)))


@pytest.mark.parametrize(
    "dtypes",
    [
        ("float32", "float32"),
        ("float32", "float64"),
        ("complex128", "complex128"),
        ("float64", "complex128"),
        ("float16", "float16"),
        ("int32", "float32"),
    ],
    ids=str,
)
def test_dtypes(dtypes, rng):
    x = (rng.normal(size=(2, 3, 2)) * 3).astype(dtypes[0])
    y = (rng.normal(size=(2, 2, 2)) * 3).astype(dtypes[1])
    if dtypes[1] == "complex128":
        y = y * (1 - 0.5j)
    check_op(
        lambda x, y: [T.batched_dot(x, y), T.batched_dot(x, y[:, 0]), T.batched_dot(x[:, 0], y)],
        [x, y],
        skip=("gradient", "R_op") if dtypes[0] == "float16" else (),
    )
    assert T.batched_dot(x, y).dtype == T.dot(x[0], y[0]).dtype


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16"])
def test_discrete_dtypes(dtype):
    x = np.array([[[100, 0], [7, 1]]]).astype(dtype)
    check_op(T.batched_dot, [x, x], by_element(np.dot))


@pytest.mark.parametrize(
    ("left", "right", "axes", "expected"),
    [
        ((2, 3, 4), (2, 3, 4, 5), 2, "bij,bijk->bk"),
        ((2, 3), (2, 4), 0, "bi,bj->bij"),
        ((2,), (2,), 0, "b,b->b"),
        ((2, 3, 4), (2, 4, 3), [[1, 2], [2, 1]], "bij,bji->b"),
        ((2, 3, 4), (2, 4, 2), [2, 1], "bij,bjk->bik"),
        ((2, 3, 2, 4), (2, 4, 5, 3), [[1, 3], [3, 1]], "bijk,bkmi->bjm"),
        ((2, 3), (2, 2), [[], []], "bi,bj->bij"),
        ((2, 3, 4), (2, 4, 2), [[-1], [-2]], "bij,bjk->bik"),
    ],
    ids=str,
)
def test_batched_tensordot(left, right, axes, expected, rng):
    x, y = rng.normal(size=left), rng.normal(size=right)
    check_op(lambda x, y: T.batched_tensordot(x, y, axes), [x, y], np.einsum(expected, x, y))


def test_patterns(rng):
    one, row = T.TensorType("float64", (True, False, False)), T.TensorType("float64", (True, False))
    assert T.batched_dot(one(), T.dtensor3()).broadcastable == (True, False, False)
    x, y = rng.normal(size=(1, 3, 2)), rng.normal(size=(1, 2))
    check_op(T.batched_dot, [x, y], (x @ y[0]), types=[one, row])


@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3, 4), (3, 4, 5)), ((1, 3, 4), (2, 4, 5)), ((2, 3, 4), (2, 5, 5)), ((2, 3), (2, 4))],
    ids=str,
)
def test_lengths_that_differ(left, right):
    values = [np.zeros(left), np.zeros(right)]
    check_op_raises(T.batched_dot, values, ValueError, "lengths differ", str(left), str(right))


def test_bad_operands():
    for x, y in ((T.scalar("s"), T.vector()), (T.vector(), T.scalar("s"))):
        with check_raises(TypeError, "batch axis", "`s`"):
            T.batched_dot(x, y)
    with check_raises(TypeError, "2 or 3 dimensions", "batched_tensordot"):
        BatchedDot()(T.tensor4(), T.tensor3())


@pytest.mark.parametrize(
    "axes", [3, -1, [[0], [0]], [[1], [3]], [[1, 2], [1]], [1], [[1, 1], [1, 2]], [[-3], [1]]]
)
def test_bad_axes(axes):
    with check_raises(ValueError, "axes that do not fit", "batch", str(axes)):
        T.batched_tensordot(T.tensor3(), T.tensor3(), axes)


def test_tensordot_takes_any_number(rng):
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    check_value(lambda x, y: T.tensordot(x, y, 1.0), [x, y], x @ y)
    for axes in (-1, [1], [[1], [0], [0]]):
        with check_raises(ValueError, "axes that do not fit"):
            T.tensordot(T.matrix(), T.matrix(), axes)
