"""Arrays as an index, read and written."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import HOST, check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
import theano.tensor.subtensor
from theano import config, function, shared, sparse_grad
from theano.gradient import grad
from theano.graph.op import perform_node

x, v, r, t3 = T.dmatrix("x"), T.dvector("v"), T.drow("r"), T.dtensor3("t3")
iv, jv, im, i = T.lvector("iv"), T.lvector("jv"), T.lmatrix("im"), T.lscalar("i")

SHAPE = (3, 4, 5)
ROWS, TWICE = np.array([2, 0, -1, -3]), np.array([1, 1, 1, 0])
TABLE = np.array([[0, 2, 1], [-1, 1, 0]])
COLUMN = np.array([[1], [-2]])
INDICES = {
    "iv": np.s_[ROWS],
    "iv, jv": np.s_[ROWS, TWICE],
    ":, iv": np.s_[:, TWICE],
    "0, iv": np.s_[0, TWICE],
    "0, :, iv": np.s_[0, :, TWICE],
    "iv, :, jv": np.s_[ROWS, :, TWICE],
    "im": np.s_[TABLE],
    "column, im": np.s_[COLUMN, TABLE],
    ":, im, column": np.s_[:, TABLE, COLUMN],
    "a:b, iv": np.s_[1:, TWICE],
    "iv, a:b:c": np.s_[ROWS, 3:0:-2],
    "iv, a:b, jv": np.s_[ROWS, 1:3, TWICE],
    "0, iv, :, None": np.s_[0, ROWS, :, None],
    "None, iv, None, jv": np.s_[None, ROWS, None, TWICE],
    "no index": np.s_[:, np.zeros(0, "int64")],
    "one index": np.s_[np.array([1]), TWICE],
}
WRITTEN = ["iv", "0, iv", "iv, :, jv", ":, im, column", "iv, a:b:c", "None, iv, None, jv"]


def taken_apart(index):
    """Return the numbers and arrays of an index, and a function that puts others in their place."""
    entries = index if isinstance(index, tuple) else (index,)
    numbers = []

    def place(n):
        if n is None or n is Ellipsis:
            return n
        numbers.append(np.asarray(n, dtype="int64"))
        return len(numbers) - 1

    form = [
        (place(e.start), place(e.stop), place(e.step)) if isinstance(e, slice) else place(e)
        for e in entries
    ]

    def filled(given):
        def value(k):
            return k if k is None or k is Ellipsis else given[k]

        return tuple(slice(*map(value, e)) if isinstance(e, tuple) else value(e) for e in form)

    return numbers, filled


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_read(index, rng):
    value = rng.normal(size=SHAPE)
    numbers, filled = taken_apart(index)
    check_op(lambda x, *given: x[filled(given)], [value, *numbers], value[index])


@pytest.mark.parametrize("index", [INDICES[name] for name in WRITTEN], ids=WRITTEN)
def test_write(index, rng):
    value = rng.normal(size=SHAPE)
    new = rng.normal(size=value[index].shape)
    numbers, filled = taken_apart(index)
    increased = value.copy()
    np.add.at(increased, index, new)
    check_op(
        lambda x, y, *given: T.inc_subtensor(x[filled(given)], y),
        [value, new, *numbers],
        increased,
    )


def test_set(rng):
    """Where an index occurs twice, one of the values stays."""
    value, rows = rng.normal(size=SHAPE), np.array([2, 0])
    new = rng.normal(size=(2, 4, 5))
    expected = value.copy()
    expected[rows] = new
    check_op(lambda x, y, i: T.set_subtensor(x[i], y), [value, new, rows], expected)
    expected = value.copy()
    expected[:, 1:, rows] = 7
    numbers, filled = taken_apart(np.s_[:, 1:, rows])
    check_op(
        lambda x, y, *given: T.set_subtensor(x[filled(given)], y),
        [value, np.array(7.0), *numbers],
        expected,
    )


def random_index(rng, ndim):
    """Return an index of every kind of entry, with at least one array."""
    lengths = SHAPE[:ndim]
    common = tuple(rng.integers(1, 4, size=rng.integers(1, 3)))
    n_used = rng.integers(1, ndim + 1)
    arrays = rng.integers(0, n_used)
    entries = []
    for axis, n in enumerate(lengths[:n_used]):
        kind = "array" if axis == arrays else rng.choice(["array", "slice", "int", "whole"])
        if kind == "array":
            shape = [m if rng.random() < 0.8 else 1 for m in common[rng.integers(0, len(common)) :]]
            entries.append(rng.integers(-n, n, size=shape, dtype=rng.choice(["int64", "int8"])))
        elif kind == "slice":
            bounds = [int(b) if rng.random() < 0.7 else None for b in rng.integers(-6, 6, size=2)]
            entries.append(slice(*bounds, int(rng.choice([-2, -1, 1, 2]))))
        else:
            entries.append(int(rng.integers(-n, n)) if kind == "int" else slice(None))
    for _ in range(rng.integers(0, 3)):
        entries.insert(rng.integers(0, len(entries) + 1), None)
    if rng.random() < 0.3:
        at = rng.integers(0, len(entries) + 1)
        # NumPy takes what an ellipsis stands for as dimensions between the arrays even if it is
        # none at all; so do slices that a wide enough tensor would have there.
        if at == len(entries) or n_used < ndim:
            entries.insert(at, Ellipsis)
    return tuple(entries)


def random_cases(seed, n):
    """Yield ``n`` arrays with random indices into them."""
    rng = np.random.default_rng(seed)
    found = 0
    while found < n:
        value = rng.normal(size=SHAPE[: rng.integers(1, 4)])
        index = random_index(rng, value.ndim)
        try:
            value[index]
        except IndexError:
            continue
        found += 1
        yield value, index


def performed(variable):
    """Return the value of a variable of constants, node by node through ``perform``."""
    if variable.owner is None:
        return variable.data
    inputs = [performed(v) for v in variable.owner.inputs]
    return perform_node(variable.owner, inputs)[variable.index]


def test_random_indices_against_numpy():
    for value, index in random_cases(1, 400):
        part = T.as_tensor_variable(value)[index]
        read = performed(part)
        expected = value[index]
        assert read.shape == expected.shape, index
        assert part.type.is_valid_value(read), index
        np.testing.assert_array_equal(read, expected, err_msg=str(index))
        if part.owner.op.__class__.__name__ == "DimShuffle":
            continue
        changed = value.copy()
        np.add.at(changed, index, 1.5)
        np.testing.assert_array_equal(performed(T.inc_subtensor(part, 1.5)), changed, str(index))


def test_random_indices_compiled():
    cases = list(random_cases(2, 14))
    inputs, outputs, arguments, expected = [], [], [], []
    for value, index in cases:
        numbers, filled = taken_apart(index)
        given = [T.TensorType("int64", [False] * n.ndim)() for n in numbers]
        a = T.TensorType("float64", [False] * value.ndim)()
        part = a[filled(given)]
        inputs += [a, *given]
        arguments += [value, *numbers]
        changed = value.copy()
        np.add.at(changed, index, 1.5)
        outputs += [part, T.inc_subtensor(part, 1.5)]
        expected += [value[index], changed]
    results = function(inputs, outputs)(*arguments)
    for k, (got, want) in enumerate(zip(results, expected, strict=True)):
        assert got.shape == want.shape, cases[k // 2][1]
        np.testing.assert_allclose(got, want, rtol=1e-14, err_msg=str(cases[k // 2][1]))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64"])
def test_dtypes_of_indices(dtype, rng):
    """Bytes are numbers, not masks."""
    value, rows = rng.normal(size=(3, 2)), np.array([1, 0, 1], dtype)
    check_value(
        lambda x, i: (x[i], x[i, i], T.inc_subtensor(x[:, i], 1)),
        [value, rows],
        [value[[1, 0, 1]], value[[1, 0, 1], [1, 0, 1]], value + [1, 2]],
    )


@pytest.mark.parametrize("dtype", ["bool", "int32", "uint8", "float16", "float32", "complex64"])
def test_dtypes_of_tensors(dtype):
    value = np.array([[1, 0], [0, 1], [1, 1]]).astype(dtype)
    rows, new = np.array([2, 2, 0]), np.array([[1, 0], [1, 0], [0, 0]]).astype(dtype)
    changed = value.copy()
    np.add.at(changed, rows, new)
    assigned = value.copy()
    assigned[[1, 0]] = new[:2]
    check_value(
        lambda x, y, i: (
            x[i],
            T.inc_subtensor(x[i], y),
            T.set_subtensor(x[np.array([1, 0])], y[:2]),
        ),
        [value, new, rows],
        [value[rows], changed, assigned],
    )


def test_what_is_written_is_cast_and_repeated(rng):
    value, rows = np.zeros((4, 3), "float32"), np.array([1, 1, 3])
    for new in (np.float64(2), np.array([1, 2, 3]), np.ones((1, 3)), np.ones((3, 1), "int8")):
        changed = value.copy()
        np.add.at(changed, rows, new.astype("float32"))
        check_op(lambda x, y, i: T.inc_subtensor(x[i], y), [value, np.asarray(new), rows], changed)


def test_indices_that_are_no_variables():
    value = np.arange(12.0).reshape(4, 3)
    check_value(
        lambda x: (
            x[[0, 1]],
            x[[]],
            x[(0, 1),],
            x[[0, 1], [1, 2]],
            x[np.array([[2, -1]])],
            x[np.array([])],
            x[[slice(None), [1]]],
            x[[x.shape[1] - 1, 0]],
        ),
        [value],
        [
            value[[0, 1]],
            value[:0],
            value[[0, 1]],
            value[[0, 1], [1, 2]],
            value[[[2, 3]]],
            value[:0],
            value[:, [1]],
            value[[2, 0]],
        ],
    )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x[iv]", (0, 0)),
        ("r[iv]", (0, 0)),
        ("r[:, iv]", (1, 0)),
        ("x[np.array([0])]", (1, 0)),
        ("x[np.array([0]), iv]", (0,)),
        ("x[iv, None, jv]", (0, 1)),
        ("x[None, iv]", (1, 0, 0)),
        ("r[:, None, iv]", (1, 1, 0)),
        ("t3[im, None, jv]", (0, 0, 1, 0)),
        ("x[iv.dimshuffle(0, 'x')]", (0, 1, 0)),
        ("x[iv.dimshuffle('x', 0), im]", (0, 0)),
        ("t3[0, :, jv]", (0, 0)),
        ("x[x > 0]", (0,)),
        ("x[None, x > 0]", (1, 0)),
    ],
)
def test_patterns(expression, expected):
    """As Theano 1.0.5 has them."""
    variable = eval(expression)
    assert tuple(map(int, variable.broadcastable)) == expected


def test_masks(rng):
    value = rng.normal(size=SHAPE)
    whole, rows, inner = value > 0.3, np.array([True, False, True]), rng.random((4, 5)) > 0.5
    last = np.array([False, True, False, False, True])
    check_op(
        lambda x, whole, rows, inner, last, i: [
            x[whole],
            x[rows],
            x[:, inner],
            x[0, inner],
            x[..., last],
            x[rows, :, i],
            x[rows, 1:, last],
            x[None, rows, ::-2],
        ],
        [value, whole, rows, inner, last, np.array([1, -1])],
        [
            value[whole],
            value[rows],
            value[:, inner],
            value[0, inner],
            value[..., last],
            value[rows, :, [1, -1]],
            value[rows, 1:, last],
            value[None, rows, ::-2],
        ],
        compiled=False,
    )


def test_masks_written(rng):
    value, rows = rng.normal(size=(3, 4)), np.array([True, False, True])
    whole = value > 0
    new = rng.normal(size=np.count_nonzero(whole))

    def expected(value, whole, rows, new, s):
        a, b, c, d = (value.copy() for _ in range(4))
        a[whole] = s
        b[whole] += new
        c[rows] += value[0]
        d[rows, 1:] = s
        return [a, b, c, d]

    check_op(
        lambda x, m, rows, y, s: [
            T.set_subtensor(x[m], s),
            T.inc_subtensor(x[m], y),
            T.inc_subtensor(x[rows], x[0]),
            T.set_subtensor(x[rows, 1:], s),
        ],
        [value, whole, rows, new, np.array(2.5)],
        expected,
        compiled=False,
    )


def test_one_value_for_a_mask_needs_no_indices(rng):
    """A program is not split for it: a choice at every element will do."""
    value, rows = rng.normal(size=(3, 4)), np.array([True, False, True])
    whole = value > 0
    m, n = T.TensorType("bool", [False, False])(), T.TensorType("bool", [False])()
    f = function(
        [x, m, n, v],
        [
            T.set_subtensor(x[m], 2),
            T.inc_subtensor(x[m], 1.5),
            T.set_subtensor(x[n], v),
            T.inc_subtensor(x[:, m[0]], v[:3].dimshuffle(0, "x")),
        ],
    )
    y = rng.normal(size=4)
    got = f(value, whole, rows, y)
    np.testing.assert_array_equal(got[0], np.where(whole, 2, value))
    np.testing.assert_array_equal(got[1], np.where(whole, value + 1.5, value))
    np.testing.assert_array_equal(got[2], np.where(rows[:, None], y, value))
    np.testing.assert_array_equal(got[3], np.where(whole[0], value + y[:3, None], value))


def test_masks_that_are_constants(rng):
    value = rng.normal(size=(3, 4))
    mask = value > 0
    check_op(lambda x: x[mask], [value], value[mask])
    check_op(lambda x: x[:, mask[0]], [value], value[:, mask[0]])
    check_op(lambda x: T.set_subtensor(x[mask], 3), [value], np.where(mask, 3, value))
    check_value(lambda x: x[np.array(True)], [value], value[None])


def test_masks_of_no_dimension():
    mask = T.TensorType("bool", [])()
    f = function([x, mask], x[mask], mode=HOST)
    for flag in (True, False):
        np.testing.assert_array_equal(f(np.eye(2), np.array(flag)), np.eye(2)[np.array(flag)])


def test_masks_that_do_not_fit():
    for index, axis in ((lambda m: np.s_[m], 0), (lambda m: np.s_[:, m], 1)):
        check_op_raises(
            lambda x, m, index=index: x[index(m)],
            [np.zeros((4, 3)), np.array([True, False])],
            IndexError,
            "does not have the lengths",
            f"from axis {axis} on",
            "shape (2,)",
            "test_advanced_indexing.py",
        )
    mask = np.array([True, False])
    check_op_raises(lambda x: x[mask], [np.zeros((4, 3))], IndexError, "shape (4,)")


@pytest.mark.parametrize("bad", [4, -5, 2**40])
def test_out_of_range(bad):
    rows = np.array([0, -1, bad, 9])
    ops = [
        lambda x, i: x[:, i],
        lambda x, i: x[:1, i, :1],
        lambda x, i: x[0, i, 0],
        lambda x, i: T.inc_subtensor(x[:, i], 1),
        lambda x, i: T.set_subtensor(x[:, :, None][:, i], 1),
        lambda x, i: x.take(i, axis=1),
    ]
    for op in ops:
        check_op_raises(
            op,
            [np.zeros((2, 4, 3)), rows],
            IndexError,
            "out of bounds",
            "from -4 to 3 along axis 1",
            f"got:      {bad} at",
            "test_advanced_indexing.py",
        )
    check_op_raises(lambda x: x[rows], [np.zeros(4)], IndexError, "from -4 to 3 along axis 0")


@pytest.mark.parametrize("write", [T.set_subtensor, T.inc_subtensor])
def test_out_of_range_writes_nothing(write):
    table = shared(np.arange(6.0).reshape(3, 2))
    f = function([iv], [], updates=[(table, write(table[iv], 7))])
    with check_raises(IndexError, "got:      3 at"):
        f([0, 3, -1])
    np.testing.assert_array_equal(table.get_value(), np.arange(6.0).reshape(3, 2))
    f([0, -1])
    assert (table.get_value()[:, 0] >= 2).all()


def test_out_of_range_of_nothing():
    check_op_raises(lambda x, i: x[i], [np.zeros((0, 2)), np.array([0])], IndexError, "length is 0")
    check_value(lambda x, i: x[i], [np.zeros((0, 2)), np.zeros(0, "int64")], np.zeros((0, 2)))
    check_value(lambda x, i: x[i], [np.zeros((2, 0)), np.array([1, 1, 0])], np.zeros((3, 0)))


def test_arrays_that_do_not_fit():
    check_op_raises(
        lambda x, i, j: x[i, j],
        [np.zeros((2, 4)), np.zeros(2, "int64"), np.zeros(3, "int64")],
        IndexError,
        "cannot be repeated to one shape",
        "(2,), (3,)",
    )
    for shape in ((3,), (2, 3), (4, 1)):
        check_op_raises(
            lambda x, y, i: T.inc_subtensor(x[i], y),
            [np.zeros((4, 2)), np.zeros(shape), np.array([0, 1, 2])],
            ValueError,
            "cannot be repeated",
            "(3, 2)",
        )


def test_bad_indices():
    for index in (T.dvector(), np.array([0.0, 1]), [0.5], np.s_[T.dvector(), 0]):
        with check_raises(TypeError, "something else than integers", "mask of dtype bool"):
            x[index]
    for index in (True, np.True_, [True, False], [[True, False]], np.s_[:, [True]]):
        with check_raises(TypeError, "Python booleans", "NumPy array of dtype bool", "eq(a, b)"):
            x[index]
    for index in (np.s_[iv, iv, iv], np.s_[iv, x > 0], np.s_[None, x > 0, 0]):
        with check_raises(IndexError, "too many indices", "3 on x"):
            x[index]
    with check_raises(IndexError, "too many indices"):
        i[iv]
    with check_raises(IndexError, "more than one ellipsis"):
        x[..., iv, ...]
    with check_raises(TypeError, "rows are named by a vector", "`im`"):
        T.AdvancedSubtensor1()(x, im)
    with check_raises(TypeError, "rows of a tensor"):
        sparse_grad(x + 1)


def test_bad_writes():
    with check_raises(TypeError, "a part of 2 dimensions cannot take a value of 3", "`t3`"):
        T.inc_subtensor(x[iv], t3)
    with check_raises(TypeError, "complex value", "real part"):
        T.set_subtensor(v[iv], T.zvector())
    for part in (x.T, x.reshape((2, 2)), x.flatten(), (x + 1).T, x[0].dimshuffle("x", 0), t3[0].T):
        with check_raises(TypeError, "need a part of a tensor"):
            T.set_subtensor(part, 1)


def test_parts_of_parts(rng):
    """Only the innermost part is written to, moved and reshaped ones as Theano does."""
    value = rng.normal(size=(4, 3))
    rows, y = np.array([1, 1]), rng.normal(size=2)

    def expected(x, rows, y):
        a, b, c = x[0].copy(), x[1:].copy(), x.T.copy()
        np.add.at(a, rows, y)
        b[rows] = 7
        c[:, :2] += y
        d, e = x.copy(), x.copy()
        d[:2] = 5
        e[1] = 5
        return [a, b, c, d, e]

    check_op(
        lambda x, i, y: [
            T.inc_subtensor(x[0][i], y),
            T.set_subtensor(x[1:][i], 7),
            T.inc_subtensor(x[:2].T, y),
            T.set_subtensor(x[:2].reshape((6,)), 5),
            T.set_subtensor(x[i].flatten(), 5),
        ],
        [value, rows, y],
        expected,
    )


def test_derivatives(rng):
    value, rows = rng.normal(size=(4, 3)), np.array([1, 1, 2])
    check_op(lambda x, i: grad((x[i] ** 3).sum(), x), [value, rows])
    check_op(lambda x, i: x[i, i - 1] * 2, [value * (1 + 1j), rows])
    check_op(
        lambda x, i: grad((T.inc_subtensor(x[i, i - 1], x[0] ** 2) ** 2).sum(), x), [value, rows]
    )
    check_value(
        lambda n, i: grad((n[i] + n[i + 1]).sum(), n),
        [np.array([1, 2, 3]), rows],
        np.zeros(3, config.floatX),
    )


def test_the_loss_of_a_classifier(rng):
    """Log p(y) is read at one element a row."""
    value, labels = rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0], "int32")
    check_op(
        lambda x, y: -T.mean(T.log(T.nnet.softmax(x))[T.arange(y.shape[0]), y]), [value, labels]
    )


def test_take(rng):
    value = rng.normal(size=(4, 3))
    rows, table = np.array([1, -1]), np.array([[1, 0], [2, -3]])
    far = np.array([7, -8, 2])
    check_op(
        lambda x, rows, table, far: [
            x.take(rows),
            x.take(rows, 0),
            T.take(x, table, axis=-1),
            x.take(1, axis=0),
            x.take([1, 2], axis=1),
            T.take(x, far, 0, "clip"),
            T.take(x, far, 1, mode="wrap"),
            T.take(x, far, mode="wrap"),
        ],
        [value, rows, table, far],
        [
            value.take(rows),
            value.take(rows, 0),
            value.take(table, 1),
            value[1],
            value[:, 1:],
            value.take(far, 0, mode="clip"),
            value.take(far, 1, mode="wrap"),
            value.take(far, mode="wrap"),
        ],
    )
    for axis in (2, -3):
        with check_raises(IndexError, f"axis {axis}", "2 dimensions"):
            x.take(iv, axis)
    with check_raises(ValueError, "mode", "'clip'"):
        x.take(iv, mode="nearest")
    with check_raises(TypeError, "integers"):
        x.take(v)


def test_ops_by_name(rng):
    value, rows, new = rng.normal(size=(4, 3)), np.array([1, 3]), rng.normal(size=(2, 3))
    increased, assigned = value.copy(), value.copy()
    increased[rows] += new
    assigned[rows] = new
    check_value(
        lambda x, y, i: [
            T.advanced_subtensor1(x, i),
            T.AdvancedSubtensor1()(x, i),
            sparse_grad(x[i]),
            T.advanced_subtensor(x, i, i - 1),
            T.advanced_inc_subtensor1(x, y, i),
            T.AdvancedIncSubtensor1()(x, y, i),
            T.advanced_set_subtensor1(x, y, i),
            T.advanced_set_subtensor(x, y, i),
            T.advanced_inc_subtensor(x, y, i),
            T.inc_subtensor(x[i], y, set_instead_of_inc=True),
        ],
        [value, new, rows],
        [value[rows]] * 3
        + [value[rows, rows - 1]]
        + [increased] * 2
        + [assigned] * 2
        + [increased, assigned],
    )
    assert isinstance(x[iv].owner.op, theano.tensor.subtensor.AdvancedSubtensor1)
    assert isinstance(x[iv, :].owner.op, T.AdvancedSubtensor1)
    assert isinstance(x[iv, jv].owner.op, T.AdvancedSubtensor)
    assert isinstance(T.set_subtensor(x[iv], 1).owner.op, T.AdvancedIncSubtensor1)
    assert [str(n.owner.op) for n in (x[iv], x[iv, None, 1:], T.set_subtensor(x[:, iv], 1))] == [
        "AdvancedSubtensor1",
        "AdvancedSubtensor{array,None,int:}",
        "AdvancedSetSubtensor{:,array}",
    ]


def test_a_range_is_an_index():
    check_value(lambda x: x[range(2)], [np.arange(6.0).reshape(3, 2)], [[0.0, 1.0], [2.0, 3.0]])
