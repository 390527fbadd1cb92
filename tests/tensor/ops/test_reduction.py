"""Reductions along axes: values, dtypes, derivatives, and where there is nothing to reduce."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import config
from theano.gradient import grad
from theano.scalar.type import ALL_DTYPES, COMPLEX_DTYPES, DISCRETE_DTYPES
from theano.tensor.ops.product import ProdOfOthers

REDUCTIONS = {
    "sum": np.sum,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "mean": np.mean,
    "var": np.var,
    "std": np.std,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "all": np.all,
    "any": np.any,
}
HAS_EMPTY = ("sum", "prod", "all", "any")
SINGLE_AXIS = ("argmax", "argmin")
WIDE = {"float16": "float32"}


def draw(rng, shape, dtype="float64"):
    """Return distinct values, so that no extremum has a tie."""
    values = rng.permutation(np.prod(shape, dtype=int)) / 4 - 1.3
    if dtype.startswith("complex"):
        values = values + 1j * rng.uniform(-1, 1, size=values.shape)
    return values.reshape(shape).astype(dtype)


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (1, -3), ()], ids=str)
def test_values_shapes_and_derivatives(name, axis, rng):
    x = draw(rng, (2, 3, 2))
    axes = tuple(range(3)) if axis is None else tuple(np.atleast_1d(axis).astype(int) % 3)
    if axis == () and name in ("max", "min", *SINGLE_AXIS):
        axes = (0, 1, 2)  # as Theano has it: an empty list names all axes

    def expected(x):
        if name in SINGLE_AXIS:
            kept = [i for i in range(3) if i not in axes]
            flat = x.transpose(*kept, *sorted(axes)).reshape(*[x.shape[i] for i in kept], -1)
            return REDUCTIONS[name](flat, axis=-1)
        return REDUCTIONS[name](x, axis=axes)

    check_op(
        lambda v: getattr(T, name)(v, axis=axis),
        [x],
        expected,
        # The root of a variance of single elements has no derivative.
        skip=("gradient", "R_op") if name == "std" and axes == () else (),
    )


@pytest.mark.parametrize("name", REDUCTIONS)
def test_float32_keepdims_and_broadcastable_axes(name, rng):
    x = draw(rng, (1, 3, 2), "float32")
    kind = T.TensorType("float32", (True, False, False))
    reduce = getattr(T, name)
    (z,) = check_op(lambda v: reduce(v, axis=1, keepdims=True), [x], types=[kind])
    assert z.shape == (1, 1, 2)
    assert reduce(kind(), axis=1, keepdims=True).broadcastable == (True, True, False)
    assert reduce(kind(), axis=2).broadcastable == (True, False)
    assert reduce(kind(), axis=(0, 2)).broadcastable == (False,)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_scalars(name):
    check_op(
        getattr(T, name),
        [np.float64(-1.5)],
        lambda x: REDUCTIONS[name](x),
        skip=("gradient", "R_op") if name == "std" else (),
    )


@pytest.mark.parametrize("name", HAS_EMPTY)
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_empty(name, axis):
    x = np.zeros((0, 3), "float32")
    check_op(lambda v: getattr(T, name)(v, axis=axis), [x], lambda x: REDUCTIONS[name](x, axis))


@pytest.mark.parametrize("name", ["mean", "var"])
def test_mean_of_nothing_is_nan(name):
    check_value(getattr(T, name), [np.zeros((0, 3), "float32")], np.nan)
    check_value(lambda x: getattr(T, name)(x, axis=1), [np.zeros((0, 3))], np.zeros(0))


@pytest.mark.parametrize("name", ["max", "min", *SINGLE_AXIS])
def test_extrema_of_nothing(name):
    reduce = getattr(T, name)
    check_op_raises(reduce, [np.zeros(0)], ValueError, "shape (0,)", "at least one element")
    check_op_raises(lambda x: reduce(x, axis=1), [np.zeros((3, 0))], ValueError, "(3, 0)")
    check_value(lambda x: reduce(x, axis=1), [np.zeros((0, 3))], np.zeros(0))


# What Theano gives: dtype of the input, then of sum and prod, mean (and var, std).
DTYPES = {
    **{f"{kind}{n}": (f"{kind}64", "float64") for kind in ("int", "uint") for n in (8, 16, 32, 64)},
    "bool": ("int64", "float64"),
    **{d: (d, d) for d in ("float16", "float32", "float64", "complex64", "complex128")},
}


@pytest.mark.parametrize("floatx", ["float32", "float64"])
def test_dtypes(floatx):
    config.floatX = floatx
    assert set(DTYPES) == set(ALL_DTYPES)
    for dtype, (of_sum, of_mean) in DTYPES.items():
        x = T.TensorType(dtype, (False, False))("x")
        got = {name: getattr(T, name)(x, axis=0).dtype for name in REDUCTIONS}
        assert got == {
            **dict.fromkeys(("sum", "prod"), of_sum),
            **dict.fromkeys(("max", "min"), dtype),
            **dict.fromkeys(("mean", "var", "std"), of_mean),
            **dict.fromkeys(SINGLE_AXIS, "int64"),
            **dict.fromkeys(("all", "any"), "bool"),
        }, dtype


@pytest.mark.parametrize(
    ("dtype", "options", "result"),
    [
        ("float32", {"dtype": "float64"}, "float64"),
        ("float32", {"dtype": "int32"}, "int32"),
        ("float32", {"dtype": "floatX"}, "float32"),
        ("float32", {"acc_dtype": "float64"}, "float32"),
        ("float32", {"dtype": "float64", "acc_dtype": "float32"}, "float64"),
        ("float16", {"acc_dtype": "float16"}, "float16"),
        ("float16", {"dtype": "float64"}, "float64"),
        ("int8", {"dtype": "float64"}, "float64"),
        ("int8", {"dtype": "float16"}, "float16"),
        ("int8", {"acc_dtype": "float64"}, "int64"),
        ("float64", {"dtype": "complex64"}, "complex64"),
    ],
)
@pytest.mark.parametrize("name", ["sum", "prod"])
def test_chosen_dtypes(name, dtype, options, result):
    config.floatX = "float32"
    x = np.array([[1, 2, 3], [1, 1, 2]], dtype)
    reference = {"sum": [2, 3, 5], "prod": [1, 2, 6]}[name]
    check_value(lambda v: getattr(T, name)(v, axis=0, **options), [x], np.array(reference, result))


@pytest.mark.parametrize(
    ("dtype", "options", "result"),
    [
        ("float32", {"dtype": "float64"}, "float64"),
        ("float16", {"dtype": "float64"}, "float64"),
        ("float16", {"dtype": "float32"}, "float32"),
        ("float32", {"dtype": "float16"}, "float16"),
        ("int32", {"dtype": "float32"}, "float32"),
        ("int32", {"dtype": "int32"}, "float64"),
        ("int32", {"dtype": "float16"}, "float16"),
    ],
)
def test_chosen_dtypes_of_mean(dtype, options, result):
    check_value(lambda v: T.mean(v, **options), [np.array([1, 2, 6], dtype)], np.array(3, result))


@pytest.mark.parametrize(
    ("dtype", "accumulator"),
    [
        ("float32", "float16"),
        ("float64", "float32"),
        ("float32", "int32"),
        ("complex64", "float64"),
    ],
)
@pytest.mark.parametrize("name", ["sum", "prod", "mean"])
def test_accumulators_that_lose_precision(name, dtype, accumulator):
    x = T.TensorType(dtype, (False,))("x")
    with check_raises(TypeError, f"can hold {dtype}", f"acc_dtype='{accumulator}'", "fix:"):
        getattr(T, name)(x, acc_dtype=accumulator)


def test_accumulation_is_wide():
    """The next wider dtype accumulates, so that nothing is lost on the way."""
    check_value(T.sum, [np.array([1e8, 1, -1e8], "float32")], np.float32(1))
    check_value(T.sum, [np.array([2048, 1, -2048], "float16")], np.float16(1))
    check_value(T.prod, [np.array([1e30, 1e30, 1e-30], "float32")], np.float32(1e30))
    check_value(T.mean, [np.full(4000, 20, "float16")], np.float16(20))
    check_value(T.var, [np.full(4000, 20, "float16")], np.float16(0))
    check_value(T.sum, [np.full(300, 100, "int8")], np.int64(30000))
    check_value(lambda x: T.sum(x, dtype="int32"), [np.array([1.7, 1.7, -5.2])], np.int32(-1))


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("ddof", [0, 1])
def test_variance(ddof, corrected, rng):
    x = draw(rng, (3, 4))
    for name in ("var", "std"):
        reference = getattr(np, name)
        check_op(
            lambda v, name=name: getattr(T, name)(v, 1, ddof, corrected=corrected),
            [x],
            lambda x, reference=reference: reference(x, axis=1, ddof=ddof),
        )


def test_variance_of_integers():
    x = np.array([127, 127, -128], "int8")
    check_value(T.mean, [x], np.float64(42))
    check_value(T.var, [x], np.float64(14450))
    check_value(lambda v: T.var(v, ddof=1), [x], np.float64(21675))
    check_value(T.mean, [np.array([True, False, True, True])], np.float64(0.75))


def test_var_with_ddof_is_divided_by_int64():
    """As in Theano: a division of float32 by an int64 count gives float64."""
    assert T.var(T.fmatrix(), ddof=1).dtype == "float64"
    assert T.std(T.tensor("float16", (False,)), ddof=1).dtype == "float64"


@pytest.mark.parametrize("dtype", ["float16", "int8", "uint8", "bool"])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_narrow_dtypes(name, dtype):
    x = np.array([[3, 0, 2], [1, 2, 5]]).astype(dtype)
    exact = np.float64 if dtype != "bool" else None
    check_value(
        lambda v: getattr(T, name)(v, axis=1),
        [x],
        lambda x: REDUCTIONS[name](
            x if name in ("max", "min", *SINGLE_AXIS, "all", "any") else x.astype(exact or int), 1
        ),
    )


@pytest.mark.parametrize(
    "x",
    [
        np.array([5, -128, 3], "int8"),
        np.array([-(2**63), 2**63 - 1], "int64"),
        np.array([5, 0, 3], "uint8"),
        np.array([2**64 - 1, 0], "uint64"),
        np.array([True, False]),
    ],
    ids=lambda x: x.dtype.name,
)
def test_argmin_at_the_ends_of_the_range(x):
    check_value(lambda v: [T.argmin(v), T.argmax(v)], [x], [x.argmin(), x.argmax()])


def test_nan():
    x = np.array([1, np.nan, 3, np.nan], "float32")
    check_value(
        lambda v: [T.max(v), T.min(v), T.argmax(v), T.argmin(v)], [x], [np.nan, np.nan, 1, 1]
    )
    check_value(lambda v: [T.all(v), T.any(v)], [np.array([0, np.nan])], [False, True])


def test_the_first_extremum_counts():
    x = np.array([[1.0, 3, 3], [-2, 0, -2]])
    check_value(
        lambda v: [T.argmax(v, 1), T.argmin(v, 1)], [x], [np.array([1, 1]), np.array([0, 0])]
    )
    largest, where = T.max_and_argmax(T.dmatrix(), axis=1, keepdims=True)
    assert largest.broadcastable == where.broadcastable == (False, True)
    check_value(lambda v: T.max_and_argmax(v, 1), [x], [x.max(1), x.argmax(1)])


@pytest.mark.parametrize("name", ["sum", "prod", "mean"])
def test_complex(name, rng):
    x = draw(rng, (2, 3), "complex128")
    check_op(lambda v: getattr(T, name)(v, axis=1), [x], lambda x: REDUCTIONS[name](x, axis=1))


@pytest.mark.parametrize("dtype", COMPLEX_DTYPES)
def test_complex_extrema_are_lexicographic(dtype):
    x = np.array([1 + 2j, 1 + 3j, 0.5 + 9j, 0.5 - 9j], dtype)
    check_value(lambda v: [T.max(v), T.min(v)], [x], [x.max(), x.min()])
    check_value(lambda v: [T.argmax(v), T.argmin(v)], [x], [1, 3], compiled=False)


def test_ties_share_the_gradient():
    """Every element that attains the extremum receives all of it, as in Theano."""
    x = np.array([[1.0, 3, 3], [2, 2, 0]])
    check_value(lambda v: grad(T.max(v, axis=1).sum(), v), [x], np.array([[0, 1, 1], [1, 1, 0]]))
    check_value(lambda v: grad(T.min(v), v), [x], np.array([[0, 0, 0], [0, 0, 1]]))


ZEROS = [(1, 2, 0), (3, 0, 0), (2, 3, 4), (0, 0, 0)]


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)], ids=str)
def test_product_with_zeros(axis):
    check_op(lambda v: T.prod(v, axis=axis), [np.array(ZEROS, "float64")])


@pytest.mark.parametrize("no_zeros", [False, True])
def test_second_derivative_of_a_product_with_zeros(no_zeros):
    def hessian_times_ones(v):
        return grad(grad(T.prod(v, no_zeros_in_input=no_zeros), v).sum(), v)

    check_value(hessian_times_ones, [np.array([2.0, 0, 3])], np.array([3.0, 5, 2]))
    check_value(hessian_times_ones, [np.array([0.0, 0, 3])], np.array([3.0, 3, 0]))
    check_op(lambda v: grad(T.prod(v), v), [np.array([[2.0, 0.5], [0, 3]])])


@pytest.mark.parametrize("axis", [(0,), (2, 0), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("shape", [(2, 2, 2), (1, 3, 1), (0, 2, 3), (2, 0, 1)], ids=str)
def test_product_of_others(shape, axis, rng):
    x = draw(rng, shape)

    def expected(x):
        z = np.empty(x.shape)
        for place in np.ndindex(*x.shape):
            others = np.ones(x.shape)
            others[place] = 0
            along = tuple(slice(None) if i in axis else place[i] for i in range(3))
            z[place] = np.prod(x[along][others[along] == 1])
        return z

    check_op(ProdOfOthers(axis), [x], expected)


def test_products_overflow_only_where_they_must():
    x = np.array([1e30, 1e30, 1e-30], "float32")
    check_value(ProdOfOthers((0,)), [x], np.array([1, 1, np.inf], "float32"))


def test_gradients_of_integers_are_zero():
    config.floatX = "float32"
    x = T.imatrix("x")
    for name in ("sum", "prod", "max", "mean"):
        g = grad(T.cast(getattr(T, name)(x), "float64"), x)
        assert g.dtype in ("float32", "float64")
        if name != "mean":
            assert not g.eval({x: np.ones((2, 2), "int32")}).any()


@pytest.mark.parametrize("name", REDUCTIONS)
def test_bad_axes(name):
    x = T.fmatrix("x")
    reduce = getattr(T, name)
    for axis in (2, -3, (0, 2)):
        with check_raises(ValueError, "axis that does not exist", "from -2 to 1", "2 dimensions"):
            reduce(x, axis=axis)
    for axis in (1.0, True, "0", T.iscalar("i"), (0, 0.5)):
        with check_raises(TypeError, "axis that is no integer"):
            reduce(x, axis=axis)
    with check_raises(ValueError, "no axis", "0 dimensions"):
        reduce(T.fscalar(), axis=0)


def test_ways_to_name_an_axis():
    x = T.dtensor3("x")
    for axis in (
        1,
        -2,
        np.int8(1),
        [1],
        (1, 1),
        (1, -2),
        np.array(1),
        np.array([1]),
        T.constant(1),
        [np.array(1)],
    ):
        assert T.sum(x, axis=axis).owner.op.axis == (1,)
        assert T.max(x, axis=axis).owner.op == T.max(x, axis=1).owner.op
    assert T.max(x, axis=T.NoneConst).type == T.dscalar


@pytest.mark.parametrize("dtype", DISCRETE_DTYPES)
def test_sums_of_every_discrete_dtype(dtype):
    x = np.array([[1, 0, 1], [1, 1, 1]]).astype(dtype)
    check_value(lambda v: [T.sum(v, 0), T.prod(v, 0)], [x], [np.array([2, 1, 2]), [1, 0, 1]])


def test_sequences_are_taken_as_tensors():
    s = T.dscalar("s")
    assert T.sum([1, 2, 3]).eval() == 6
    assert T.sum([s, s]).eval({s: 2}) == 4


@pytest.mark.parametrize(
    "options", [{}, {"rowvar": False}, {"bias": True}, {"ddof": 0}, {"ddof": 1.5}], ids=str
)
def test_covariances(options, rng):
    # NumPy takes whole numbers for ddof alone.
    n, ddof = (3 if options.get("rowvar") is False else 4), options.pop("ddof", None)
    factor = 1 if ddof is None else (n - 1) / (n - ddof)
    x, y = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    given = {"ddof": ddof} if ddof is not None else {}
    check_op(lambda x: T.cov(x, **options, **given), [x], factor * np.cov(x, **options))
    check_value(
        lambda x, y: T.cov(x, y, **options, **given), [x, y], factor * np.cov(x, y, **options)
    )


def test_covariances_of_vectors_and_complex_numbers(rng):
    x, z = rng.normal(size=4), rng.normal(size=(2, 4)) + 1j * rng.normal(size=(2, 4))
    check_value(T.cov, [x], np.cov(x).reshape(1, 1))
    check_value(T.cov, [z], np.cov(z))
    check_value(lambda x, m: T.cov(m, x), [x, z.real], np.cov(z.real, x))
    with check_raises(ValueError, "matrices or vectors"):
        T.cov(T.dtensor3())
    with check_raises(NotImplementedError, "does not weigh"):
        T.cov(T.dmatrix(), aweights=[1, 2])
