"""Tensors put together and taken apart."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.gradient import grad
from theano.tensor.ops.joining import Join, Split

x, r, t3, v = T.fmatrix("x"), T.frow("r"), T.ftensor3("t3"), T.fvector("v")
i, s = T.iscalar("i"), T.fscalar("s")
one = T.TensorType("float32", (True,))("one")


def pattern(variable):
    return tuple(map(int, variable.broadcastable))


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
@pytest.mark.parametrize("lengths", [(2, 1, 3), (0, 2), (4,), (0, 0)], ids=str)
def test_join(lengths, axis, rng):
    shapes = [(n, 2) if axis in (0, -2) else (2, n) for n in lengths]
    values = [rng.normal(size=shape) for shape in shapes]
    check_op(lambda *parts: T.concatenate(parts, axis), values, np.concatenate(values, axis))


def test_join_of_several_dtypes(rng):
    values = [rng.normal(size=2).astype("float32"), np.array([1, 2], "int8"), rng.normal(size=1)]
    check_op(lambda *parts: T.join(0, *parts), values, np.concatenate(values))
    assert T.join(0, T.ivector(), v).dtype == "float64"
    assert T.join(0, T.bvector(), v).dtype == "float32"
    values = [np.array([1 + 2j]), rng.normal(size=2)]
    check_op(lambda *parts: T.join(0, *parts), values, np.concatenate(values))
    flags = [np.array([True]), np.array([False])]
    check_op(lambda *parts: T.join(0, *parts), flags, np.concatenate(flags))


def test_join_along_an_axis_that_the_graph_does_not_know(rng):
    """It is known when the program is compiled, as here, or the node runs on the host."""
    a, b = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    for axis in (0, -1):
        lines = np.zeros(axis % 2 + 1)

        def join(a, b, lines, axis=axis):
            return T.join(lines.shape[0] - 1 - 2 * (axis < 0), a, b)

        check_op(join, [a, b, lines], np.concatenate([a, b], axis), wrt=[0, 1])
        check_value(T.join, [np.int64(axis), a, b], np.concatenate([a, b], axis), compiled=False)


# As in Theano.
@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (T.join(0, x), (0, 0)),
        (T.join(0, x, r), (0, 0)),
        (T.join(0, r, r), (0, 0)),
        (T.join(1, r, r), (1, 0)),
        (T.join(1, r, x), (1, 0)),
        (T.join(i, r, r), (0, 0)),
        (T.join(0, one, one), (0,)),
        (T.join(0, one), (1,)),
        (Join()(0, one), (1,)),
        (T.stack([x, x], axis=-1), (0, 0, 0)),
        (T.stack([r, r], axis=1), (1, 0, 0)),
        (T.stack([x]), (1, 0, 0)),
        (T.stack([s]), (0,)),
        (T.stack([s, i, 1]), (0,)),
        (T.stack([1, 2, 3]), (0,)),
        (Split(2)(r, 0, [0, 1])[0], (0, 0)),
        (Split(2)(r, 1, [1, 2])[0], (1, 0)),
        (Split(2)(r, i, [0, 1])[0], (0, 0)),
    ],
)
def test_patterns(variable, expected):
    assert pattern(variable) == expected


def test_lengths_that_do_not_agree():
    for axis, shapes in ((0, [(2, 3), (2, 2)]), (1, [(2, 3), (3, 3), (2, 1)])):
        check_op_raises(
            lambda *parts, axis=axis: T.join(axis, *parts),
            [np.zeros(shape) for shape in shapes],
            ValueError,
            f"along axis {axis}",
            *map(str, shapes),
        )


@pytest.mark.parametrize("exception", [ValueError, IndexError])
@pytest.mark.parametrize("axis", [2, -3])
def test_axes_that_do_not_exist(axis, exception):
    """Theano raises ValueError above and IndexError below: this is both."""
    with check_raises(exception, "from -2 to 1", f"axis {axis} of tensors of 2"):
        T.join(axis, x, x)
    with check_raises(exception, "from -2 to 1", f"axis {axis} of tensors of 2"):
        T.split(x, [1, 1], 2, axis)


def test_bad_joins():
    for parts in ((s, s), (x, v), (v, x)):
        with check_raises(TypeError, "different ranks, or scalars", str(parts[1].type), "fix:"):
            T.join(0, *parts)
    for nothing in (lambda: T.join(0), lambda: T.concatenate([])):
        with check_raises(ValueError, "no tensor"):
            nothing()
    with check_raises(TypeError, "concatenate takes a list", "`x`"):
        T.concatenate(x)
    for axis in (1.0, v, "a"):
        with check_raises(TypeError):
            T.join(axis, x, x)


@pytest.mark.parametrize("axis", [0, 1, -1, 2, -3])
def test_stack(axis, rng):
    values = [rng.normal(size=(2, 3)) for _ in range(3)]
    expected = np.stack(values, axis)
    check_op(lambda *parts: T.stack(parts, axis), values, expected)
    check_value(lambda *parts: T.stack(list(parts), axis=axis), values, expected)
    x = T.dmatrix()
    assert T.stack(tensors=[x, x], axis=axis).type == T.stack([x, x], axis).type


def test_stack_of_scalars(rng):
    values = [np.float32(1.5), np.int8(2), np.float32(-1)]
    check_op(lambda *parts: T.stack(parts), values, np.array([1.5, 2, -1], "float32"))
    check_op(T.stack, values, np.array([1.5, 2, -1], "float32"))
    check_value(lambda a: T.stack([a, 3, 2.5]), [np.float64(1)], np.array([1, 3, 2.5]))
    assert T.stack([1, 2, 3]).data.tolist() == [1, 2, 3]


def test_bad_stacks():
    for nothing in (lambda: T.stack([]), lambda: T.stack()):
        with check_raises(TypeError, "no tensor"):
            nothing()
    for axis in (3, -4):
        with check_raises(IndexError, "from -3 to 2"):
            T.stack([x, x], axis=axis)
    with check_raises(TypeError, "different ranks"):
        T.stack([x, v])


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("lengths", [(3, 1), (0, 4), (1, 1, 2), (4,)], ids=str)
def test_split(lengths, axis, rng):
    value = rng.normal(size=(4, 4))
    check_op(
        lambda x: T.split(x, lengths, len(lengths), axis),
        [value],
        np.split(value, np.cumsum(lengths)[:-1], axis),
    )


def test_split_of_lengths_that_the_graph_knows(rng):
    value = rng.normal(size=(4, 2))
    check_op(lambda x: T.split(x, [x.shape[1], 2], 2), [value], np.split(value, [2]))


def test_a_piece_that_nothing_depends_on():
    first, _ = T.split(v, [1, 2], 2)
    g = grad((first**2).sum(), v)
    assert g.eval({v: np.array([3, 4, 5], "float32")}).tolist() == [6, 0, 0]


@pytest.mark.parametrize("lengths", [(1, 1), (5, -1), (1, 1, 2)], ids=str)
def test_splits_that_do_not_fit(lengths):
    check_op_raises(
        lambda x: T.split(x, lengths, 2), [np.zeros((4, 1))], ValueError, "add up to 4", "axis 0"
    )


def test_bad_splits():
    with check_raises(TypeError, "scalar cannot be split"):
        T.split(s, [1], 1)
    with check_raises(TypeError, "split takes a shape"):
        T.split(x, [0.5], 1)


def test_gradients_of_discrete_parts_are_zero():
    f, n = T.dvector("f"), T.lvector("n")
    g = grad((T.join(0, f, n) ** 2).sum(), n)
    assert g.eval({n: np.ones(2, int)}).tolist() == [0, 0]
