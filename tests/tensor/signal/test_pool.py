"""Pooling against direct loops: all modes, borders, strides and paddings."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano
import theano.tensor as T
from theano.graph.op import perform_node
from theano.tensor.signal.pool import (
    AveragePoolGrad,
    DownsampleFactorMaxGradGrad,
    MaxPoolGrad,
    MaxPoolRop,
    Pool,
    max_pool_2d_same_size,
    pool_2d,
    pool_3d,
)

MODES = ["max", "sum", "average_inc_pad", "average_exc_pad"]
x, m = T.dtensor4("x"), T.dmatrix("m")

# Lengths, window, stride, padding, ignore_border.
GEOMETRIES = [
    ((7, 8), (2, 2), (2, 2), (0, 0), True),
    ((7, 8), (2, 3), (2, 3), (0, 0), False),
    ((2, 2, 5, 6), (3, 2), (2, 1), (1, 1), True),
    ((2, 6, 5), (3, 4), (1, 3), (0, 0), False),
    ((5, 4), (2, 1), (3, 5), (0, 0), False),
    ((2, 9), (4,), (2,), (3,), True),
    ((4, 5, 3), (2, 3, 2), (1, 2, 2), (1, 0, 1), True),
    ((4, 3, 3), (3, 2, 2), (2, 2, 3), (0, 0, 0), False),
]
GEOMETRY = ("shape", "ws", "stride", "pad", "ignore_border")


def covered(n, ws, stride, pad, ignore_border):
    """The places of each window along an axis, -1 for padding; counted one after another."""
    places = [-1] * pad + list(range(n)) + [-1] * pad
    windows = []
    for first in itertools.count(0, stride):
        window = places[first : first + ws]
        if ignore_border:
            if len(window) < ws:
                return windows
        # A window is needed as long as the ones before have not reached the end.
        elif windows and (first - stride + ws >= len(places) or not window):
            return windows
        windows.append(window)


def by_hand(x, ws, stride, pad, ignore_border, mode, g_z=None):
    """Pool by loops; with ``g_z``, the gradient instead."""
    ndim = len(ws)
    batch, lengths = x.shape[: x.ndim - ndim], x.shape[x.ndim - ndim :]
    axes = [covered(*sizes, ignore_border) for sizes in zip(lengths, ws, stride, pad, strict=True)]
    z = np.zeros((*batch, *map(len, axes)))
    g_x = np.zeros(x.shape)
    for b in np.ndindex(*batch):
        for k in np.ndindex(*map(len, axes)):
            everywhere = list(
                itertools.product(*(axis[i] for axis, i in zip(axes, k, strict=True)))
            )
            inside = [place for place in everywhere if -1 not in place]
            values = [x[b][place] for place in inside]
            size = {"average_inc_pad": len(everywhere), "average_exc_pad": len(inside)}.get(mode, 1)
            z[b][k] = max(values) if mode == "max" else sum(values) / size
            for place in inside if g_z is not None else ():
                if mode != "max" or x[b][place] == z[b][k]:
                    g_x[b][place] += g_z[b][k] / size
    return z if g_z is None else g_x


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(GEOMETRY, GEOMETRIES, ids=str)
def test_pool(shape, ws, stride, pad, ignore_border, mode, rng):
    value = rng.permutation(np.prod(shape)).reshape(shape) / 10
    op = Pool(ignore_border, mode, len(ws))
    expected = by_hand(value, ws, stride, pad, ignore_border, mode)
    check_op(lambda x: op(x, ws, stride, pad), [value], expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(GEOMETRY, GEOMETRIES[1:5], ids=str)
def test_the_gradient_of_pool(shape, ws, stride, pad, ignore_border, mode, rng):
    """Values, derivatives and shape of the gradient, with ties, as of an op of its own."""
    value = rng.integers(0, 3, shape).astype("float64")
    z = by_hand(value, ws, stride, pad, ignore_border, mode)
    g_z = rng.normal(size=z.shape)
    expected = by_hand(value, ws, stride, pad, ignore_border, mode, g_z)
    sizes = (ws, stride, pad)
    if mode == "max":
        op = MaxPoolGrad(ignore_border, len(ws))
        check_op(lambda x, z, g: op(x, z, g, *sizes), [value, z, g_z], expected, wrt=[2])
        twice = DownsampleFactorMaxGradGrad(ignore_border, ndim=len(ws))
        check_op(lambda x, z, r: twice(x, z, r, *sizes), [value, z, value + 1], wrt=[2])
    else:
        op = AveragePoolGrad(ignore_border, mode, len(ws))
        check_op(lambda x, g: op(x, g, *sizes), [value, g_z], expected)


@st.composite
def geometries(draw):
    ndim = draw(st.integers(1, 3))
    ignore_border = draw(st.booleans())
    ws = draw(st.tuples(*[st.integers(1, 5)] * ndim))
    stride = draw(st.just(ws) | st.tuples(*[st.integers(1, 4)] * ndim))
    pad = tuple(draw(st.integers(0, w - 1)) if ignore_border else 0 for w in ws)
    batch = draw(st.sampled_from([(), (2,), (1, 2), (0,)]))
    lengths = draw(st.tuples(*[st.integers(1, 6)] * ndim))
    return (*batch, *lengths), ws, stride, pad, ignore_border


def values_and_gradients(shape, ws, stride, pad, ignore_border):
    """Variables, values and expected results of all modes and their gradients, in integers."""
    rng = np.random.default_rng(sum(shape))
    value = rng.integers(-3, 3, shape).astype("float64")
    variable = T.TensorType("float64", [False] * value.ndim)()
    inputs, outputs, expected = {variable: value}, [], []
    for mode in MODES:
        z = Pool(ignore_border, mode, len(ws))(variable, ws, stride, pad)
        g_z = z.type()
        expected.append(by_hand(value, ws, stride, pad, ignore_border, mode))
        inputs[g_z] = rng.integers(-3, 3, expected[-1].shape).astype("float64")
        g_x = T.grad(None, variable, known_grads={z: g_z})
        expected.append(by_hand(value, ws, stride, pad, ignore_border, mode, inputs[g_z]))
        outputs += [z, g_x]
    return inputs, outputs, expected


@given(geometries())
@settings(max_examples=60, deadline=None)
def test_any_geometry_by_perform(geometry):
    inputs, outputs, expected = values_and_gradients(*geometry)
    known = dict(inputs)
    for output, want in zip(outputs, expected, strict=True):
        node = output.owner
        (known[output],) = perform_node(
            node,
            [known[v] if v in known else v.data for v in node.inputs],  # noqa: SIM401  no data of its own
        )
        np.testing.assert_allclose(known[output], want, atol=1e-12)


@given(geometries())
@settings(max_examples=8, deadline=None)
def test_any_geometry_compiled(geometry):
    inputs, outputs, expected = values_and_gradients(*geometry)
    results = theano.function(list(inputs), outputs)(*inputs.values())
    for got, want in zip(results, expected, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-12)


@pytest.mark.parametrize(
    ("ws", "stride", "ignore_border"),
    [
        ((10, 10), (1, 1), True),
        ((9, 1), (9, 1), True),
        ((50, 3), (1, 7), False),
        ((12, 12), (4, 4), True),
    ],
    ids=str,
)
def test_large_windows(ws, stride, ignore_border, rng):
    """Which are lowered as loops, or cover all."""
    value = rng.integers(0, 40, (12, 12)).astype("float64")
    sizes = (ws, stride, (0, 0), ignore_border)
    wanted = [by_hand(value, *sizes, mode) for mode in MODES]
    g_z = rng.normal(size=wanted[0].shape)
    wanted += [by_hand(value, *sizes, mode, g_z) for mode in MODES]

    def build(x, g):
        pools = [pool_2d(x, ws, ignore_border, stride, mode=mode) for mode in MODES]
        twice = DownsampleFactorMaxGradGrad(ignore_border)(x, pools[0], x, ws, stride)
        rop = MaxPoolRop(ignore_border)(x, x, ws, stride)
        return [*pools, *(T.grad(None, x, known_grads={z: g}) for z in pools), twice, rop]

    times = by_hand(value, *sizes, "max", np.ones_like(wanted[0]))
    results = check_value(build, [value, g_z])
    for got, want in zip(results, wanted, strict=False):
        np.testing.assert_allclose(got, want, atol=1e-9)
    np.testing.assert_allclose((times * value).sum(), results[-2].sum())
    np.testing.assert_array_equal(results[-1], wanted[0])


def test_a_result_that_is_kept_apart(rng):
    """Large results go through a branch on the CPU."""
    value = rng.normal(size=(2, 200, 200)).astype("float32")
    value[0, 0, 0] = np.inf
    value[1, 4:8, 4:8] = np.nan
    expected = value.reshape(2, 100, 2, 100, 2).max((2, 4))
    check_value(lambda x: pool_2d(x, (2, 2), True), [value], expected)


def test_every_maximum_gets_the_gradient():
    value = np.array([[1.0, 1, 2], [1, 0, 2], [3, 3, 3]])
    overlapping = pool_2d(m, (2, 2), True, stride=(1, 1))
    g = T.grad((overlapping * np.array([[1.0, 10], [100, 1000]])).sum(), m)
    np.testing.assert_array_equal(g.eval({m: value}), [[1, 1, 10], [1, 0, 10], [100, 1100, 1000]])
    # The directional derivative adds up, too; MaxPoolRop follows the first maximum.
    r = np.arange(9.0).reshape(3, 3)
    along = T.Rop(pool_2d(m, (2, 2), False), m, T.constant(r))
    np.testing.assert_array_equal(along.eval({m: value}), [[0 + 1 + 3, 2 + 5], [6 + 7, 8]])
    first = MaxPoolRop(False)(m, r, (2, 2))
    np.testing.assert_array_equal(first.eval({m: value}), [[0, 2], [6, 8]])


def test_nan():
    """It is the maximum of its window, and no place gets a gradient."""
    value = np.array([[1, np.nan, 2, 3], [4, 5, 6, 7]])
    z = pool_2d(m, (2, 2), True)
    for mode in (None, theano.Mode(linker="py")):
        got, g = theano.function([m], [z, T.grad(z.sum(), m)], mode=mode)(value)
        np.testing.assert_array_equal(got, [[np.nan, 7]])
        np.testing.assert_array_equal(g, [[0, 0, 0, 0], [0, 0, 0, 1]])


def test_same_size():
    value = np.array([[[1.0, 2, 0], [2, 0, 9], [-1, -2, 9]]])
    expected = np.array([[[0, 2, 0], [2, 0, 0], [0, 0, 0]]])
    check_value(lambda x: max_pool_2d_same_size(x, (2, 2)), [value], expected)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "float16", "float32", "bool"])
def test_dtypes(dtype):
    value = np.array([[1, 120, -3, -4], [100, 36, -2, 0]])
    value = (value if dtype != "uint8" else np.abs(value)).astype(dtype)
    wide = value.astype("float64").reshape(2, 2, 2)
    is_float = dtype.startswith("float")
    total = wide.sum((0, 2))[None]
    expected = [
        wide.max((0, 2))[None].astype(dtype),
        (total.astype("int64") if dtype != "bool" else total).astype(dtype),
        (total / 4 if is_float else np.trunc(total / 4)).astype(dtype),
    ]
    check_value(
        lambda x: [pool_2d(x, (2, 2), True, mode=mode) for mode in MODES[:3]], [value], expected
    )


def test_complex_numbers():
    z = T.zmatrix()
    value = np.array([[1 + 1j, 2], [3j, 4]])
    check_value(lambda x: pool_2d(x, (2, 2), True, mode="sum"), [value], np.array([[7 + 4j]]))
    with check_raises(TypeError, "no maximum"):
        pool_2d(z, (2, 2), True)


def test_integers_have_a_gradient_of_zeros():
    n = T.imatrix()
    value = np.ones((2, 2), "int32")
    for mode in MODES[:2]:
        cost = pool_2d(n, (2, 2), True, mode=mode).astype("float64").sum()
        assert not T.grad(cost, n).eval({n: value}).any()


def test_symbolic_sizes(rng):
    """One graph for all sizes, with the values of each."""
    ws, stride, pad = T.ivector(), T.lvector(), T.ivector()
    z = [Pool(True, mode)(m, ws, stride, pad) for mode in ("max", "average_exc_pad")]
    f = theano.function([m, ws, stride, pad], [*z, T.grad(z[0].sum(), m), z[0].shape])
    value = rng.integers(0, 9, (6, 7)).astype("float64")
    for sizes in ([(2, 2), (2, 2), (0, 0)], [(3, 2), (1, 2), (2, 1)]):
        got = f(value, *(np.array(n, "int32") for n in sizes))
        expected = by_hand(value, *sizes, True, "max")
        np.testing.assert_array_equal(got[0], expected)
        np.testing.assert_allclose(got[1], by_hand(value, *sizes, True, "average_exc_pad"))
        ones = np.ones_like(expected)
        np.testing.assert_array_equal(got[2], by_hand(value, *sizes, True, "max", ones))
        assert tuple(got[3]) == expected.shape
    with check_raises(ValueError, "2 integers", "[2]"):
        f(value, [2], [2, 2], [0, 0])


def test_sizes_of_several_kinds():
    """A symbolic number among plain ones, a shared vector, and one computed on the device."""
    value = np.arange(24.0).reshape(4, 6)
    n = T.iscalar()
    z = pool_2d(m, (n, 2), False)
    np.testing.assert_array_equal(
        z.eval({m: value, n: 3}), by_hand(value, (3, 2), (3, 2), (0, 0), False, "max")
    )
    shared = theano.shared(np.array([2, 3]))
    f = theano.function(
        [m], [pool_2d(m, shared, True), pool_2d(m, (m[0, :2] + 1.5).astype("int32"), True)]
    )
    first, second = f(value)
    np.testing.assert_array_equal(first, by_hand(value, (2, 3), (2, 3), (0, 0), True, "max"))
    np.testing.assert_array_equal(second, by_hand(value, (1, 2), (1, 2), (0, 0), True, "max"))
    shared.set_value(np.array([4, 1]))
    np.testing.assert_array_equal(f(value)[0], by_hand(value, (4, 1), (4, 1), (0, 0), True, "max"))


def test_axes_and_types():
    kind = T.TensorType("float32", (True, False, False, True, True))
    assert pool_2d(kind(), (2, 2), True).broadcastable == (True, False, False, False, False)
    assert pool_3d(kind(), (2, 2, 2), True).broadcastable == (True, False, False, False, False)
    assert T.grad(pool_2d(kind(), (1, 1), True).sum(), m, disconnected_inputs="ignore").ndim == 2
    assert pool_2d(np.ones((2, 2)), (2, 2), True).eval().shape == (1, 1)


@pytest.mark.parametrize(
    ("shape", "ws", "ignore_border", "stride", "pad", "expected"),
    [
        ((9, 8, 6), (2, 2), False, None, None, [9, 4, 3]),
        ((7, 7), (2, 2), True, None, None, [3, 3]),
        ((7, 7), (3, 2), False, (1, 5), None, [5, 2]),
        ((2, 2), (3, 3), True, (1, 1), None, [0, 0]),
        ((2, 2), (3, 3), True, (1, 1), (1, 1), [2, 2]),
    ],
    ids=str,
)
def test_out_shape(shape, ws, ignore_border, stride, pad, expected):
    """Of numbers, numbers; of variables, variables of the same values."""
    given = {"ws": ws, "ignore_border": ignore_border, "stride": stride, "pad": pad}
    assert Pool.out_shape(shape, **given) == expected
    lengths = [T.as_tensor_variable(n) for n in shape]
    assert [
        int(T.as_tensor_variable(n).eval()) for n in Pool.out_shape(lengths, **given)
    ] == expected


def test_old_names():
    """Of parameters, and of the module."""
    from theano.tensor.signal import downsample  # noqa: PLC0415  warns of nothing by itself

    value = np.arange(16.0).reshape(4, 4)
    expected = by_hand(value, (2, 2), (1, 1), (1, 1), True, "max")
    with pytest.warns(UserWarning, match="deprecated") as caught:
        old = downsample.max_pool_2d(m, ds=(2, 2), ignore_border=True, st=(1, 1), padding=(1, 1))
    assert [str(w.message).split()[2] for w in caught] == ["ds", "st", "padding"]
    op = downsample.DownsampleFactorMax((2, 2), ignore_border=True, st=(1, 1), padding=(1, 1))
    for got in theano.function([m], [old, op(m)])(value):
        np.testing.assert_array_equal(got, expected)
    for new, other in (({"ws": (2, 2)}, {"ds": (2, 2)}), ({"stride": (1, 1)}, {"st": (1, 1)})):
        with check_raises(ValueError, "which mean the same", f"give {next(iter(new))} alone"):
            pool_2d(m, **{"ws": (2, 2), **new} if "ds" not in other else new, **other)
    with pytest.warns(UserWarning, match="ignore_border=True"):
        assert pool_2d(m, (3, 3)).owner.op.ignore_border is False


def test_bad_input():
    with check_raises(ValueError, "no window"):
        pool_2d(m, ignore_border=True)
    with check_raises(NotImplementedError, "3 dimensions or more"):
        pool_3d(m, (2, 2, 2), True)
    with check_raises(TypeError, "over 2 dimensions"):
        Pool(True)(T.dvector(), (2, 2))
    with check_raises(ValueError, "'median'", "average_inc_pad"):
        pool_2d(m, (2, 2), True, mode="median")
    with check_raises(NotImplementedError, "pool with ignore_border=True"):
        pool_2d(m, (2, 2), False, pad=(1, 0))
    with check_raises(NotImplementedError, "padding less than the window (2, 2)"):
        pool_2d(m, (2, 2), True, pad=(2, 0))
    for ws in (2, (2.0, 2.0), [[2, 2]]):
        with check_raises(TypeError, "no vector of integers", "such as (2, 2)"):
            pool_2d(m, ws, True)
    with check_raises(TypeError, "of one rank and dtype"):
        MaxPoolGrad(True)(m, m, T.fmatrix(), (2, 2))
    with check_raises(TypeError, "at least 2 lengths"):
        Pool.out_shape((4,), (2, 2))
    value = np.ones((4, 4))
    for sizes, text in (
        ([(2, 2), (0, 1), (0, 0)], "not positive"),
        ([(2, 2), (1, 1), (-1, 0)], "negative"),
        ([(2, 2, 2), (1, 1), (0, 0)], "another length"),
        ([(2, 2), (1, 1), (2, 2)], "lie in the padding"),
    ):
        given = [value, *(np.array(n) for n in sizes)]
        check_op_raises(lambda x, *sizes: Pool(True)(x, *sizes), given, ValueError, text)
    given = [value, np.array([1, 0])]
    check_op_raises(
        lambda x, pad: Pool(False)(x, (2, 2), None, pad), given, ValueError, "was given padding"
    )
    empty = np.ones((0, 4))
    check_op_raises(lambda x: Pool(False)(x, (2, 2)), [empty], ValueError, "has nothing to go over")
