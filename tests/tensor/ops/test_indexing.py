"""Basic indexing, read and written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.checks import HOST, check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import function
from theano.gradient import grad
from theano.tensor.ops.indexing import IncSubtensor, Subtensor

x, r, v, t3 = T.dmatrix("x"), T.drow("r"), T.dvector("v"), T.dtensor3("t3")
i = T.lscalar("i")

INDICES = {
    "0": np.s_[0],
    "-1": np.s_[-1],
    "1, 2": np.s_[1, 2],
    "1:": np.s_[1:],
    ":-1": np.s_[:-1],
    "::-1": np.s_[::-1],
    "::2, ::-2": np.s_[::2, ::-2],
    "3:0:-1": np.s_[3:0:-1],
    "2:1": np.s_[2:1],
    "-20:20:3": np.s_[-20:20:3],
    "20:-20:-2": np.s_[20:-20:-2],
    ":, 1": np.s_[:, 1],
    ":, 1:2": np.s_[:, 1:2],
    ":": np.s_[:],
    "...": np.s_[...],
    "..., 0": np.s_[..., 0],
    "None": np.s_[None],
    ":, None, 1": np.s_[:, None, 1],
    "None, ..., None": np.s_[None, ..., None],
    "np.int8": (np.int8(1), np.array(2)),
}
WRITTEN = {
    name: index for name, index in INDICES.items() if name not in ("None", "None, ..., None")
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_read(index, rng):
    value = rng.normal(size=(4, 3))
    check_op(lambda x: x[index], [value], value[index])


@pytest.mark.parametrize("index", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("write", [T.inc_subtensor, T.set_subtensor])
def test_write(write, index, rng):
    value = rng.normal(size=(4, 3))
    new = rng.normal(size=value[index].shape)

    def expected(value, new):
        z = value.copy()
        if write is T.set_subtensor:
            z[index] = new
        else:
            z[index] += new
        return z

    check_op(
        lambda x, y: write(x[index], y).reshape((4, 3)),
        [value, new],
        expected,
    )


@pytest.mark.parametrize("shape", [(), (3,), (1,), (1, 3), (2, 1), (1, 1)], ids=str)
@pytest.mark.parametrize("write", [T.inc_subtensor, T.set_subtensor])
def test_what_is_written_is_repeated(write, shape, rng):
    value, new = rng.normal(size=(4, 3)), rng.normal(size=shape)
    check_op(lambda x, y: write(x[1:3], y), [value, new])
    check_value(
        lambda x, y: T.set_subtensor(x[::3], y),
        [value, new],
        lambda x, y: np.concatenate([np.broadcast_to(y, (2, 3)), x[1:3]])[[0, 2, 3, 1]],
    )


def test_writing_into_a_broadcastable_value(rng):
    value, new = rng.normal(size=(4, 3)), rng.normal(size=(1, 3))
    check_op(lambda x, y: T.inc_subtensor(x[1:], y), [value, new], types=[x.type, r.type])


@pytest.mark.parametrize(
    ("into", "what", "expected"),
    [
        ("float32", "float64", [1.5, 2]),
        ("float32", "int64", [1, 2]),
        ("int32", "float32", [1, 2]),
        ("int8", "int16", [1, 2]),
        ("float64", "int8", [1, 2]),
        ("complex64", "float64", [1.5, 2]),
        ("bool", "bool", [True, True]),
    ],
)
def test_dtypes(into, what, expected):
    """What is written is cast, as in Theano."""
    zeros, new = np.zeros(2, into), np.array([1.5, 2]).astype(what)
    for write in (T.set_subtensor, T.inc_subtensor):
        check_value(lambda x, y, w=write: w(x[:], y), [zeros, new], np.array(expected, into))
        check_value(
            lambda x, y, w=write: w(x[::-1], y), [zeros, new], np.array(expected[::-1], into)
        )


def test_increments_keep_the_sign_of_zero():
    zeros = np.array([-0.0, -0.0, -0.0])
    (z,) = check_value(lambda x: T.inc_subtensor(x[::2], 1), [zeros], np.array([1, 0, 1]))
    assert np.signbit(z[1])


def test_derivatives_of_several_dtypes(rng):
    value = rng.normal(size=3)
    check_op(lambda x, y: T.set_subtensor(x[1:], y), [value * (1 + 1j), value[1:]])
    check_op(lambda x, y: T.inc_subtensor(x[1:], y), [value, value[1:].astype("float32")])
    check_value(
        lambda x, n: grad(T.set_subtensor(x[1:], n).sum(), [x, n]),
        [value, np.array([1, 2], "int32")],
        [[1, 0, 0], [1, 1]],
    )


LENGTHS = function(
    [n := T.dvector(), a := T.lscalar(), b := T.lscalar(), c := T.lscalar()],
    [
        part.owner.op.infer_shape(part.owner, [(n.shape[0],), *[()] * 3])[0][0]
        for part in (n[a:b:c], n[a::c], n[:b:c], n[::c], n[a:b], n[a:], n[:b])
    ],
    mode=HOST,
    on_unused_input="ignore",
)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 5), st.integers(-7, 7), st.integers(-7, 7), st.integers(-4, 4).filter(bool))
def test_lengths_of_slices(length, start, stop, step):
    numbers = range(length)
    expected = [
        numbers[start:stop:step],
        numbers[start::step],
        numbers[:stop:step],
        numbers[::step],
        numbers[start:stop],
        numbers[start:],
        numbers[:stop],
    ]
    assert [int(n) for n in LENGTHS(np.zeros(length), start, stop, step)] == [
        len(part) for part in expected
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x[0]", (0,)),
        ("x[0:1]", (0, 0)),
        ("r[0]", (0,)),
        ("r[:]", (1, 0)),
        ("r[0:1]", (1, 0)),
        ("r[::-1]", (1, 0)),
        ("r[::2]", (1, 0)),
        ("r[-1:]", (1, 0)),
        ("r[-5:5]", (1, 0)),
        ("r[3::-1]", (1, 0)),
        ("r[1:]", (0, 0)),
        ("r[0:0]", (0, 0)),
        ("r[0:i]", (0, 0)),
        ("r[0:1:i]", (0, 0)),
        ("r[i:i+1]", (0, 0)),
        ("r[None]", (1, 1, 0)),
        ("r[None, 0]", (1, 0)),
        ("x[..., None]", (0, 0, 1)),
        ("x[None, None, 0]", (1, 1, 0)),
        ("r.T[:, None]", (0, 1)),
        ("r.T[0, None]", (1,)),
        ("r.T[1:, None]", (0, 1)),
        ("r.T[None, i]", (1,)),
        ("r.T[:, None, :]", (0, 1, 1)),
        ("r.T[:, None, ...]", (0, 1, 1)),
        ("r[:, :1][None]", (1, 1, 0)),
        ("t3[1, ..., 2]", (0,)),
    ],
)
def test_patterns(expression, expected):
    variable = eval(expression, {"x": x, "r": r, "t3": t3, "i": i})
    assert tuple(map(int, variable.broadcastable)) == expected


def test_numbers_from_shapes(rng):
    """They are known when the program is compiled."""
    value = rng.normal(size=(4, 3))
    check_op(lambda x: x[x.shape[1] - 1 :], [value], value[2:])
    check_op(lambda x: x[-x.shape[1], : x.shape[1] // 2], [value], value[-3, :1])
    check_op(lambda x: T.inc_subtensor(x[x.shape[1]], 1.0), [value])


def test_numbers_from_outside(rng):
    value = rng.normal(size=(4, 3))
    for number in (2, -4):
        arguments = [value, np.int64(number)]
        check_value(lambda x, i: x[i], arguments, value[number], compiled=False)
        check_value(lambda x, i: x[i:], arguments, value[number:], compiled=False)


@pytest.mark.parametrize("number", [4, -5])
@pytest.mark.parametrize("name", ["read", "set", "inc"])
def test_out_of_range(name, number):
    ops = {
        "read": lambda x: x[:, number],
        "set": lambda x: T.set_subtensor(x[:, number], 1),
        "inc": lambda x: T.inc_subtensor(x[:, number], 1),
    }
    check_op_raises(
        ops[name],
        [np.zeros((2, 4))],
        IndexError,
        "out of bounds",
        "from -4 to 3 along axis 1",
        str(number),
        "test_indexing.py",
    )


def test_bad_indices():
    for index in (np.s_[0, 0, 0], np.s_[None, 0, 0, 0], np.s_[..., 0, 0, 0]):
        with check_raises(IndexError, "too many indices", "at most 2", "3 on x"):
            x[index]
    for index in (1.0, "a", T.dscalar("f"), np.s_[0:1.5], np.s_[:"a"], np.s_[::v]):
        with check_raises(TypeError, "something else than integers"):
            x[index]
    with check_raises(IndexError, "more than one ellipsis"):
        x[..., ...]
    with check_raises(ValueError, "step of zero", "`x`"):
        x[::0]
    step = np.int64(0)
    with check_raises(ValueError, "zero"):
        function([v, i], v[::i], mode=HOST)([1, 2], step)


def test_bad_writes():
    for part in (x, x + 1, x[None]):
        with check_raises(TypeError, "need a part of a tensor", "such as x[1:3]"):
            T.set_subtensor(part, 1)
    with check_raises(TypeError, "a part of 1 dimensions cannot take a value of 2", "`x`"):
        T.set_subtensor(x[0], x)
    with check_raises(TypeError, "complex value", "float64", "real part"):
        T.inc_subtensor(v[1:], T.zvector())
    for shape in ((3,), (1, 3), (0, 2)):
        check_op_raises(
            lambda x, y: T.inc_subtensor(x[1:3], y),
            [np.zeros((4, 2)), np.zeros(shape)],
            ValueError,
            "cannot be repeated",
            "(2, 2)",
        )


def test_inc_with_set_instead_of_inc():
    check_value(
        lambda x: T.inc_subtensor(x[0], 5, set_instead_of_inc=True), [np.ones(2)], np.array([5, 1])
    )


def test_the_whole_can_be_written_to():
    for part in (lambda x: x[:], lambda x: x[...], lambda x: x[:, :]):
        check_value(
            lambda x, p=part: T.inc_subtensor(p(x), 1), [np.ones((2, 2))], np.full((2, 2), 2)
        )


def test_second_derivatives(rng):
    value = rng.normal(size=4)
    check_op(lambda x: grad((x[::2] ** 3).sum(), x), [value])
    check_op(lambda x: grad((T.set_subtensor(x[1:], x[:-1] ** 2) ** 2).sum(), x), [value])


def test_ops_made_of_the_form_of_an_index():
    """As programs that build nodes themselves make them."""
    x = T.dmatrix()
    part = Subtensor([0, slice(0, None)])(x, 1, 2)
    assert part.owner.op == x[1, 2:].owner.op
    assert Subtensor([]) == x[...].owner.op
    value = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(function([x], part)(value), [5.0])
    changed = IncSubtensor([slice(None, 0)], set_instead_of_inc=True)(x, 0.0, 1)
    np.testing.assert_array_equal(function([x], changed)(value), [[0, 0, 0], [3, 4, 5]])
