"""Shapes: read, changed, asked for; and what the graph knows of them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import config, function
from theano.gradient import grad
from theano.tensor.ops.shape import Reshape, SumLike
from theano.tensor.ops.sizes import (
    MakeVector,
    Shape,
    ShapeI,
    constant_size,
    vector_elements,
    vector_length,
)

x, r, c, v, t3 = T.dmatrix("x"), T.drow("r"), T.dcol("c"), T.dvector("v"), T.dtensor3("t3")
i, s, iv = T.iscalar("i"), T.dscalar("s"), T.ivector("iv")
one = T.TensorType("float64", (True,))("one")


def pattern(variable):
    return tuple(map(int, variable.broadcastable))


@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 1, 3)], ids=str)
def test_shape(shape):
    (z,) = check_op(Shape(), [np.zeros(shape)], np.array(shape, "int64"))
    assert z.dtype == "int64"
    for k, n in enumerate(shape):
        check_op(ShapeI(k), [np.zeros(shape)], np.int64(n))


def test_a_length_that_does_not_exist():
    with check_raises(TypeError, "length 2 of a tensor", "2 dimensions", "`x`"):
        ShapeI(2)(x)


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_make_vector(dtype):
    values = [np.float32(2), np.float32(3), np.int8(4)]
    check_op(MakeVector(dtype), values, np.array([2, 3, 4], dtype))
    with check_raises(TypeError, "made of scalars", "`v`"):
        MakeVector(dtype)(v)


@pytest.mark.parametrize(
    ("shape", "new"),
    [
        ((2, 3), (3, 2)),
        ((2, 3), (-1,)),
        ((2, 3), (1, -1, 2)),
        ((2, 3), (6, 1)),
        ((4,), (2, 2)),
        ((1, 1), ()),
        ((), (1, 1)),
        ((), (-1,)),
        ((0, 3), (3, 0)),
        ((0, 3), (-1, 3)),
        ((0, 3), (0, 5)),
    ],
    ids=str,
)
def test_reshape(shape, new, rng):
    value = rng.normal(size=shape)
    check_op(lambda x: T.reshape(x, new), [value], value.reshape(new))


def test_reshape_by_lengths_of_another_tensor(rng):
    a, b = rng.normal(size=(2, 6)), rng.normal(size=(3, 4))
    check_op(lambda a, b: a.reshape(b.shape), [a, b], a.reshape(3, 4))
    check_op(lambda a, b: a.reshape((b.shape[1], -1)), [a, b], a.reshape(4, 3))
    check_op(lambda a, b: a.reshape(b.shape * 1, ndim=2), [a, b], a.reshape(3, 4))
    check_op(lambda a, b: a.reshape(T.concatenate([b.shape[:1], [2, 2]])), [a, b])


@pytest.mark.parametrize(
    ("shape", "new"),
    [((2, 3), (4, 2)), ((2, 3), (4, -1)), ((0, 3), (0, -1)), ((2, 3), (-1, -1)), ((2, 3), (-2, 3))],
    ids=str,
)
def test_reshapes_that_do_not_fit(shape, new):
    check_op_raises(
        lambda x: T.reshape(x, new),
        [np.zeros(shape)],
        ValueError,
        "cannot be reshaped",
        f"shape {new}",
        f"of shape {shape}",
    )


def test_bad_reshapes():
    for shape in ([s], v, (2.0,), np.array([True])):
        with check_raises(TypeError, "reshape takes a shape", "integers"):
            T.reshape(x, shape)
    with check_raises(TypeError):
        T.reshape(x, T.imatrix())
    with check_raises(ValueError, "number of dimensions", "`iv`", "ndim=2"):
        x.reshape(iv)
    with check_raises(ValueError, "to 3 dimensions was given 2 lengths", "[2, 3]"):
        T.reshape(x, (2, 3), ndim=3)
    with check_raises(ValueError, "not negative"):
        Reshape(-1)


# As in Theano: which dimensions of a result are known to have length 1.
@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (x.reshape((2, 3)), (0, 0)),
        (x.reshape((1, -1)), (1, 0)),
        (x.reshape((i, 1)), (0, 1)),
        (x.reshape(iv, ndim=2), (0, 0)),
        (v.reshape(r.shape), (1, 0)),
        (x.reshape((c.shape[1], -1)), (1, 0)),
        (x.reshape((x.shape[0], 1, x.shape[1])), (0, 1, 0)),
        (x.reshape(T.concatenate([x.shape, [1]]), ndim=3), (0, 0, 1)),
        (x.reshape(t3.shape[:2]), (0, 0)),
        (x.reshape(np.array([2, 1])), (0, 1)),
        (x.reshape(()), ()),
        (x.flatten(), (0,)),
        (s.flatten(), (1,)),
        (one.flatten(), (1,)),
        (r.flatten(), (0,)),
        (r.flatten(2), (1, 0)),
        (T.flatten(c, outdim=1), (0,)),
        (T.TensorType("int8", (True, True))().flatten(), (1,)),
        (t3.flatten(3), (0, 0, 0)),
        (T.alloc(s, 1, i), (1, 0)),
        (T.alloc(r, 2, i), (0, 0)),
        (T.alloc(s, x.shape[0], r.shape[0]), (0, 1)),
        (T.alloc(s), ()),
        (T.zeros((2, 1)), (0, 1)),
        (T.zeros(x.shape), (0, 0)),
        (T.zeros(r.shape), (1, 0)),
        (T.ones(()), ()),
        (r.T, (0, 1)),
        (T.shape_padleft(r, 2), (1, 1, 1, 0)),
        (T.shape_padright(r), (1, 0, 1)),
        (T.shape_padaxis(x, -1), (0, 0, 1)),
        (T.shape_padaxis(x, -3), (1, 0, 0)),
    ],
)
def test_patterns(variable, expected):
    assert pattern(variable) == expected


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 2), (2, 0, 3), (0, 2, 3)], ids=str)
def test_flatten(shape, rng):
    value = rng.normal(size=shape)
    check_op(T.flatten, [value], value.ravel())
    for ndim in range(2, len(shape) + 1):
        kept = shape[: ndim - 1]
        expected = value.reshape(*kept, np.prod(shape[ndim - 1 :], dtype=int))
        check_op(lambda x, ndim=ndim: x.flatten(ndim), [value], expected)


@pytest.mark.parametrize("ndim", [0, 4])
def test_flatten_to_a_bad_rank(ndim):
    with check_raises(ValueError, f"{ndim} dimensions", "from 1 to 3", "`t3`"):
        t3.flatten(ndim)


@pytest.mark.parametrize(
    ("value", "lengths"),
    [
        ((), (2, 3)),
        ((3,), (2, 3)),
        ((1,), (2, 3)),  # of length 1 though not known to be
        ((2, 1), (2, 3)),
        ((), ()),
        ((), (0, 2)),
        ((2,), (0, 2)),
        ((2,), (1, 2)),
    ],
    ids=str,
)
def test_alloc(value, lengths, rng):
    value = rng.normal(size=value)
    check_op(lambda v: T.alloc(v, *lengths), [value], np.broadcast_to(value, lengths))


def test_alloc_of_a_broadcastable_value(rng):
    value = rng.normal(size=(1, 3))
    check_op(
        lambda v: T.alloc(v, 4, 2, 3),
        [value],
        np.broadcast_to(value, (4, 2, 3)),
        types=[T.drow().type],
    )
    check_op(lambda v, m: T.alloc(v, m.shape[0], m.shape[1]), [np.float64(2), np.ones((2, 3))])


def test_the_gradient_of_alloc_has_the_shape_of_the_value():
    g = grad(T.alloc(v, 2, 3).sum(), v)
    assert g.eval({v: np.ones(1)}).tolist() == [6]
    assert g.eval({v: np.ones(3)}).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("value", "lengths"), [((2,), (2, 3)), ((), (-1,)), ((3,), (1,)), ((0,), (2,))], ids=str
)
def test_allocs_that_do_not_fit(value, lengths):
    check_op_raises(
        lambda v: T.alloc(v, *lengths),
        [np.zeros(value)],
        ValueError,
        "cannot be repeated",
        f"shape {lengths}",
        f"of shape {value}",
    )


def test_bad_allocs():
    with check_raises(TypeError, "fewer lengths", "at least 2", "1 for a value"):
        T.alloc(x, i)
    for length in (2.0, s, iv, [2, 3], np.bool_(True)):
        with check_raises(TypeError, "alloc takes integer lengths", "integer scalar"):
            T.alloc(s, length)


def test_alloc_is_not_written_into_the_program():
    z = T.alloc(s, 2, 3)
    assert list(z.owner.op.static_inputs(z.owner)) == [1, 2]


@pytest.mark.parametrize("shape", [(), (2, 1), (0,), 3, np.array([2, 2])], ids=str)
def test_zeros_and_ones(shape):
    config.floatX = "float32"
    check_value(lambda: T.zeros(shape), [], np.zeros(shape, "float32"))
    check_value(lambda: T.ones(shape, "int8"), [], np.ones(shape, "int8"))


def test_zeros_of_symbolic_shapes():
    check_value(lambda m: T.zeros(m.shape, m.dtype), [np.ones((2, 3), "int16")], np.zeros((2, 3)))
    check_value(lambda m: T.ones((m.shape[1], 2)), [np.ones((2, 3))], np.ones((3, 2)))
    with check_raises(ValueError, "unknown number of dimensions", "`iv`", "fix:"):
        T.zeros(iv)
    with check_raises(TypeError, "integer lengths"):
        T.zeros((2.0,))


def test_transpose(rng):
    value = rng.normal(size=(2, 3, 4))
    for axes in (None, (1, 2, 0), [0, 2, 1], (-1, 0, 1)):
        check_op(lambda x, axes=axes: T.transpose(x, axes), [value], np.transpose(value, axes))
    assert [y.T.name for y in (v, s, t3)] == [f"{y.name}.T" for y in (v, s, t3)]
    assert v.T.type == v.type
    assert T.transpose(t3, (0, 2, 1)).name is T.dmatrix().T.name is None
    with check_raises(ValueError, "every axis", "3 axes", "(1, 2)"):
        t3.transpose(1, 2)
    with check_raises(ValueError, "twice"):
        t3.transpose(1, 1, 0)


def test_padding(rng):
    value = rng.normal(size=(2, 3))
    check_op(lambda x: T.shape_padleft(x, 2), [value], value[None, None])
    check_op(lambda x: T.shape_padright(x, 2), [value], value[..., None, None])
    for axis in (0, 1, 2, -1, -2, -3):
        expected = np.expand_dims(value, axis)
        check_value(lambda x, axis=axis: T.shape_padaxis(x, axis), [value], expected)
    for axis in (3, -4):
        with check_raises(IndexError, "from -3 to 2", f"axis {axis}"):
            T.shape_padaxis(x, axis)


@pytest.mark.parametrize("shape", [(1, 3), (2, 1), (2, 3), (1, 1)], ids=str)
def test_sum_like(shape, rng):
    g = rng.normal(size=(2, 3))
    axes = tuple(k for k in range(2) if shape[k] == 1)
    check_op(
        lambda g, x: SumLike()(g, x), [g, np.zeros(shape)], g.sum(axis=axes, keepdims=True), wrt=[0]
    )


@pytest.mark.parametrize(
    ("vector", "length"),
    [
        (x.shape, 2),
        (x.shape * 2 + 1, 2),
        (T.cast(x.shape, "int8"), 2),
        (t3.shape[1:], 2),
        (t3.shape[::-1][:1], 1),
        (T.stack([i, 3]), 2),
        (T.concatenate([t3.shape, [2], T.stack([i])]), 5),
        (T.constant([1, 2, 3]), 3),
        (i.dimshuffle("x"), 1),
        (iv, None),
        (T.concatenate([iv, [1]]), None),
        (t3.shape[:i], None),
    ],
)
def test_known_lengths_of_vectors(vector, length):
    assert vector_length(vector) == length


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (T.constant(3), 3),
        (T.cast(T.constant(3), "int8"), 3),
        (r.shape[0], 1),
        (r.shape[-2], 1),
        (r.shape[1], None),
        (r.shape[:1][0], 1),
        (T.stack([i, 3])[1], 3),
        (T.stack([i, 3])[0], None),
        (T.concatenate([iv, [3]])[-1], None),
        (i, None),
        (x.shape[i], None),
    ],
)
def test_known_numbers(number, value):
    assert constant_size(number) == value


def test_elements_of_a_shape_are_its_lengths():
    first, second = vector_elements(t3.shape[1:])
    f = function([t3], [first, second])
    assert [int(n) for n in f(np.zeros((2, 3, 4)))] == [3, 4]
    assert vector_elements(t3.shape[5:]) == []
