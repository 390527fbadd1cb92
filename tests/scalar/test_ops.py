"""Every scalar op, through the tensor function that is made from it.

A row of ``UNARY`` or ``BINARY`` is all that an op needs: what NumPy or SciPy says it is, and where
to look. Values, dtypes, gradients, R-ops and shapes follow, in every dtype that the op takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.special
from tests.checks import HOST, check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import config, function, scalar
from theano.scalar import ALL_DTYPES, INTEGER_DTYPES, ScalarOp

REAL = (-2.3, -0.6, 0.4, 1.7)
POSITIVE = (0.2, 0.9, 1.4, 3.2)
UNIT = (-0.9, -0.2, 0.3, 0.8)
COMPLEX = (0.4 + 0.3j, -0.7 + 1.1j, 1.3 - 0.6j)


@dataclass(frozen=True)
class Row:
    """What an op is, and where it is looked at.

    ``at`` holds real points, for ``Row``s of ``BINARY`` one sequence per operand; ``at_complex``
    likewise, where the op takes complex numbers. ``wrt``: the operands that it has a gradient for.
    """

    reference: Callable[..., Any]
    at: Sequence[Any] = REAL
    at_complex: Sequence[Any] | None = None
    wrt: Sequence[int] | None = None
    skip: Sequence[str] = ()
    compiled: bool = True
    compiled_complex: bool = True


NO_GRADIENT = ("gradient", "R_op")


def half_away(x):
    return np.sign(x) * np.floor(np.abs(x) + 0.5)


UNARY = {
    "abs_": Row(np.abs, at_complex=COMPLEX),
    "angle": Row(np.angle, at_complex=COMPLEX),
    "arccos": Row(np.arccos, UNIT, COMPLEX),
    "arccosh": Row(np.arccosh, (1.1, 1.8, 2.5, 40.0), COMPLEX),
    "arcsin": Row(np.arcsin, UNIT, COMPLEX),
    "arcsinh": Row(np.arcsinh, at_complex=COMPLEX),
    "arctan": Row(np.arctan, at_complex=COMPLEX),
    "arctanh": Row(np.arctanh, UNIT, COMPLEX),
    "ceil": Row(np.ceil),
    "conj": Row(np.conj, at_complex=COMPLEX),
    "cos": Row(np.cos, at_complex=COMPLEX),
    "cosh": Row(np.cosh, at_complex=COMPLEX),
    "deg2rad": Row(lambda x: x * np.pi / 180, at_complex=COMPLEX),
    "erf": Row(scipy.special.erf, at_complex=COMPLEX, compiled_complex=False),
    "erfc": Row(scipy.special.erfc, (-1.4, -0.3, 0.6, 3.0)),
    "erfcinv": Row(scipy.special.erfcinv, (0.05, 0.4, 1.3, 1.9)),
    "erfcx": Row(scipy.special.erfcx, (-1.0, 0.4, 3.0, 30.0)),
    "erfinv": Row(scipy.special.erfinv, UNIT),
    "exp": Row(np.exp, at_complex=COMPLEX),
    "exp2": Row(np.exp2, at_complex=COMPLEX),
    "expm1": Row(np.expm1, at_complex=COMPLEX),
    "floor": Row(np.floor),
    "gamma": Row(scipy.special.gamma, POSITIVE, COMPLEX, compiled_complex=False),
    "gammaln": Row(scipy.special.gammaln, POSITIVE),
    "i0": Row(scipy.special.i0),
    "i1": Row(scipy.special.i1),
    "identity": Row(np.array, at_complex=COMPLEX),
    "imag": Row(np.imag, at_complex=COMPLEX),
    "invert": Row(np.invert, ()),
    "isinf": Row(np.isinf, (1.0, np.inf, -np.inf, np.nan), at_complex=COMPLEX),
    "isnan": Row(np.isnan, (1.0, np.inf, -np.inf, np.nan), at_complex=COMPLEX),
    "j0": Row(scipy.special.j0, compiled=False),
    "j1": Row(scipy.special.j1, compiled=False),
    "log": Row(np.log, POSITIVE, COMPLEX),
    "log10": Row(np.log10, POSITIVE, COMPLEX),
    "log1p": Row(np.log1p, POSITIVE, COMPLEX),
    "log2": Row(np.log2, POSITIVE, COMPLEX),
    "neg": Row(np.negative, at_complex=COMPLEX),
    "psi": Row(scipy.special.psi, POSITIVE),
    "rad2deg": Row(lambda x: x * 180 / np.pi, at_complex=COMPLEX),
    "real": Row(np.real, at_complex=COMPLEX),
    "reciprocal": Row(lambda x: 1 / x, at_complex=COMPLEX),
    "round_half_away_from_zero": Row(half_away, (-1.6, -0.3, 0.7, 2.2)),
    "round_half_to_even": Row(np.rint, (-1.6, -0.3, 0.7, 2.2)),
    "sgn": Row(np.sign),
    "sigmoid": Row(lambda x: 1 / (1 + np.exp(-x))),
    "sin": Row(np.sin, at_complex=COMPLEX),
    "sinh": Row(np.sinh, at_complex=COMPLEX),
    "softplus": Row(lambda x: np.log1p(np.exp(x))),
    "sqr": Row(np.square, at_complex=COMPLEX),
    "sqrt": Row(np.sqrt, POSITIVE, COMPLEX),
    "tan": Row(np.tan, at_complex=COMPLEX),
    "tanh": Row(np.tanh, at_complex=COMPLEX),
    "tri_gamma": Row(lambda x: scipy.special.polygamma(1, x), POSITIVE, skip=NO_GRADIENT),
    "trunc": Row(np.trunc),
}

PAIRS = ((-2.3, -0.6, 0.4, 1.7), (1.2, -0.7, 2.1, 0.3))
POSITIVE_PAIRS = (POSITIVE, (1.2, 0.7, 2.1, 0.3))
COMPLEX_PAIRS = (COMPLEX, (1.1 - 0.2j, 0.5 + 0.5j, -0.3 + 0.9j))
POLAR = (lambda r, angle: r * np.exp(1j * angle), PAIRS)

BINARY = {
    "add": Row(np.add, PAIRS, COMPLEX_PAIRS),
    "and_": Row(np.bitwise_and, ()),
    "arctan2": Row(np.arctan2, PAIRS),
    "chi2sf": Row(lambda x, k: scipy.special.gammaincc(k / 2, x / 2), POSITIVE_PAIRS, wrt=[0]),
    "complex": Row(lambda x, y: x + 1j * y, PAIRS),
    "complex_from_polar": Row(*POLAR),
    "eq": Row(np.equal, ((1.0, 2.0), (1.0, 3.0)), COMPLEX_PAIRS),
    "gammainc": Row(scipy.special.gammainc, POSITIVE_PAIRS, wrt=[1]),
    "gammaincc": Row(scipy.special.gammaincc, POSITIVE_PAIRS, wrt=[1]),
    "gammal": Row(
        lambda k, x: scipy.special.gammainc(k, x) * scipy.special.gamma(k), POSITIVE_PAIRS, wrt=[1]
    ),
    "gammau": Row(
        lambda k, x: scipy.special.gammaincc(k, x) * scipy.special.gamma(k), POSITIVE_PAIRS, wrt=[1]
    ),
    "ge": Row(np.greater_equal, ((1.0, 2.0, 2.0), (1.0, 3.0, 1.0)), COMPLEX_PAIRS),
    "gt": Row(np.greater, ((1.0, 2.0, 2.0), (1.0, 3.0, 1.0)), COMPLEX_PAIRS),
    "int_div": Row(lambda x, y: np.floor(x / y), PAIRS),
    "iv": Row(scipy.special.iv, POSITIVE_PAIRS, wrt=[1], compiled=False),
    "jv": Row(scipy.special.jv, POSITIVE_PAIRS, wrt=[1], compiled=False),
    "le": Row(np.less_equal, ((1.0, 2.0, 2.0), (1.0, 3.0, 1.0)), COMPLEX_PAIRS),
    "lt": Row(np.less, ((1.0, 2.0, 2.0), (1.0, 3.0, 1.0)), COMPLEX_PAIRS),
    "maximum": Row(np.maximum, PAIRS, COMPLEX_PAIRS),
    "minimum": Row(np.minimum, PAIRS, COMPLEX_PAIRS),
    "mod": Row(np.mod, PAIRS),
    "mul": Row(np.multiply, PAIRS, COMPLEX_PAIRS),
    "neq": Row(np.not_equal, ((1.0, 2.0), (1.0, 3.0)), COMPLEX_PAIRS),
    "or_": Row(np.bitwise_or, ()),
    "pow": Row(np.power, POSITIVE_PAIRS, COMPLEX_PAIRS),
    "second": Row(lambda x, y: y, PAIRS, COMPLEX_PAIRS),
    "sub": Row(np.subtract, PAIRS, COMPLEX_PAIRS),
    "true_div": Row(np.divide, PAIRS, COMPLEX_PAIRS),
    "xor": Row(np.bitwise_xor, ()),
}
TERNARY = {"clip", "switch"}

INTEGERS = (-7, -2, -1, 0, 1, 3, 5)
INTEGER_PAIRS = tuple(zip(*((x, y) for x in INTEGERS for y in INTEGERS), strict=True))

real_unary = pytest.mark.parametrize("name", [n for n, row in UNARY.items() if len(row.at)])
complex_unary = pytest.mark.parametrize("name", [n for n, row in UNARY.items() if row.at_complex])
real_binary = pytest.mark.parametrize("name", [n for n, row in BINARY.items() if len(row.at)])
complex_binary = pytest.mark.parametrize("name", [n for n, row in BINARY.items() if row.at_complex])


def public_names():
    return {
        name
        for family in scalar.FAMILIES
        for name in family.__all__
        if isinstance(getattr(family, name), ScalarOp)
    }


def test_every_op_has_a_row():
    assert public_names() == {*UNARY, *BINARY, *TERNARY}


@real_unary
def test_real_unary(name):
    row = UNARY[name]
    check_op(
        getattr(T, name),
        [np.array(row.at)],
        row.reference,
        skip=row.skip,
        compiled=row.compiled,
    )


@complex_unary
def test_complex_unary(name):
    row = UNARY[name]
    check_op(
        getattr(T, name),
        [np.array(row.at_complex)],
        row.reference,
        compiled=row.compiled_complex,
    )


@real_binary
def test_real_binary(name):
    row = BINARY[name]
    check_op(
        getattr(T, name),
        [np.array(v) for v in row.at],
        row.reference,
        wrt=row.wrt,
        compiled=row.compiled,
    )


@complex_binary
def test_complex_binary(name):
    row = BINARY[name]
    check_op(getattr(T, name), [np.array(v) for v in row.at_complex], row.reference)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "true_div", "pow"])
def test_real_and_complex_together(name):
    x, y = np.array([0.4, 1.3, 2.2]), np.array(COMPLEX)
    check_op(getattr(T, name), [x, y], BINARY[name].reference)
    check_op(getattr(T, name), [y, x], BINARY[name].reference)


def together(names):
    """Return one function of the operands of many ops, so that they share a compilation."""

    def apply(*xs):
        operands = iter(xs)
        return [
            getattr(T, name)(*[next(operands) for _ in range(2 if name in BINARY else 1)])
            for name in names
        ]

    return apply


def compiled_rows():
    rows = {**UNARY, **BINARY}
    return {name: row for name, row in rows.items() if row.compiled and len(row.at)}


def points(row, dtype):
    columns = row.at if isinstance(row.at[0], tuple) else [row.at]
    return [np.array(column, dtype=dtype) for column in columns]


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_narrow_floats_keep_their_dtype(dtype):
    # SciPy and XLA compute the functions with a loop in different precisions in float16.
    loops = {
        "chi2sf",
        "gammainc",
        "gammaincc",
        "gammal",
        "gammau",
        "psi",
        "tri_gamma",
        "gamma",
        "gammaln",
    }
    rows = {n: r for n, r in compiled_rows().items() if dtype == "float32" or n not in loops}
    values = [v for row in rows.values() for v in points(row, dtype)]
    expected = [
        row.reference(*[v.astype("float64") for v in points(row, dtype)]) for row in rows.values()
    ]
    tolerance = {"float16": 1e-2, "float32": 1e-5}[dtype]
    results = check_value(together(rows), values, expected, rtol=tolerance, atol=tolerance / 2)
    kinds = {name: r.dtype.name for name, r in zip(rows, results, strict=True)}
    other = {"angle": "float64", "chi2sf": "float64"}
    other |= dict.fromkeys(["complex", "complex_from_polar"], "complex64")
    other |= dict.fromkeys(["isnan", "isinf", "eq", "neq", "lt", "le", "gt", "ge"], "bool")
    assert kinds == {name: other.get(name, dtype) for name in rows}


def test_gradients_and_r_ops_in_float32():
    rows = {n: r for n, r in compiled_rows().items() if not r.skip and r.wrt is None}
    values = [v[:2] for row in rows.values() for v in points(row, "float32")]
    check_op(together(rows), values)


def test_empty_tensors():
    rows = {n: r for n, r in compiled_rows().items() if not r.skip and r.wrt is None}
    check_op(together(rows), [np.zeros((2, 0))] * sum(len(points(r, "f8")) for r in rows.values()))


EXACT_UNARY = ["abs_", "ceil", "conj", "floor", "identity", "imag", "invert", "isinf", "isnan"]
EXACT_UNARY += ["neg", "real", "sgn", "sqr", "trunc"]
EXACT_BINARY = ["add", "and_", "eq", "ge", "gt", "le", "lt", "maximum", "minimum", "mul", "neq"]
EXACT_BINARY += ["or_", "second", "sub", "xor"]


@pytest.mark.parametrize("dtype", INTEGER_DTYPES)
def test_integers(dtype):
    x = np.array(INTEGERS).astype(dtype)
    pair = [np.array(v).astype(dtype) for v in INTEGER_PAIRS]
    names = EXACT_UNARY + EXACT_BINARY
    values = [v for name in names for v in (pair if name in BINARY else [x])]
    expected = [
        BINARY[name].reference(*pair) if name in BINARY else UNARY[name].reference(x)
        for name in names
    ]
    results = check_value(together(names), values, expected)
    assert {r.dtype.name for r in results} <= {dtype, "bool", "float32", "float64"}


def test_booleans():
    x = np.array([False, True])
    pair = [np.array([0, 0, 1, 1], bool), np.array([0, 1, 0, 1], bool)]
    names = [n for n in EXACT_UNARY if n not in ("neg", "sgn")]
    names += [n for n in EXACT_BINARY if n != "sub"] + ["pow"]
    values = [v for name in names for v in (pair if name in BINARY else [x])]
    expected = [
        BINARY[name].reference(*pair) if name in BINARY else UNARY[name].reference(x)
        for name in names[:-1]
    ]
    check_value(together(names), values, [*expected, [1, 0, 1, 1]])
    check_value(lambda x, y: [x // y, x % y], [x, x | True], [x, [False, False]])


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint16"])
def test_division_of_integers(dtype):
    x, y = (np.array(v).astype(dtype) for v in INTEGER_PAIRS)
    x, y = x[y != 0], y[y != 0]
    expected = [np.floor_divide(x, y), np.mod(x, y)]
    check_value(lambda x, y: [x // y, x % y], [x, y], expected)


@pytest.mark.parametrize("operator", [lambda x, y: x // y, lambda x, y: x % y], ids=["//", "%"])
def test_an_integer_divided_by_zero_is_an_error(operator):
    values = np.array([3, -3]), np.array([1, 0])
    check_op_raises(operator, values, ZeroDivisionError, "divided by zero", "T.switch")
    check_op_raises(operator, [v != 0 for v in values], ZeroDivisionError, "divided by zero")
    check_op_raises(lambda x: operator(x, 0), values[:1], ZeroDivisionError, "divided by zero")
    check_value(operator, [v[:0] for v in values], [np.empty(0, "int64")])


@pytest.mark.parametrize("dtype", ["int8", "int32", "uint8"])
def test_powers_of_integers(dtype):
    x, y = (np.array(v).astype(dtype) for v in INTEGER_PAIRS)
    exact = [
        (int(b) ** int(e) if e >= 0 else int(b) ** (int(e) % 2) if abs(int(b)) == 1 else 0)
        for b, e in zip(x, y, strict=True)
    ]
    bits = np.iinfo(dtype).bits
    expected = np.array([n % 2**bits for n in exact], dtype=f"uint{bits}").astype(dtype)
    check_value(T.pow, [x, y], expected)


@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_quotients_of_integers_are_floatX(floatX):
    config.floatX = floatX
    x, y = np.array([1, 5, -7, 0, 3]), np.array([2, -3, 7, 0, 0])
    with np.errstate(all="ignore"):
        (result,) = check_value(T.true_div, [x, y], x / y)
    assert result.dtype == floatX


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "bool"])
def test_real_functions_of_integers_are_computed_in_floating_point(dtype):
    names = ["exp", "sqrt", "sin", "arctan", "erf", "sigmoid", "log1p", "reciprocal"]
    x = np.array([1, 1, 1]).astype(dtype)
    wide = "float64" if dtype == "int32" else "float32"
    expected = [UNARY[name].reference(x.astype(wide)) for name in names]
    results = check_value(together(names), [x] * len(names), expected)
    assert {r.dtype.name for r in results} == {wide}


SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -1.0, 1e308])


def test_special_values():
    # At the poles of these, XLA and SciPy take different sides.
    poles = {"gamma", "gammaln", "psi", "tri_gamma"}
    names = [n for n in UNARY if n in compiled_rows() and n not in poles]
    check_value(together(names), [SPECIAL] * len(names))


def test_special_values_of_pairs():
    names = ["add", "sub", "mul", "true_div", "maximum", "minimum", "pow", "arctan2", "eq", "lt"]
    names += ["int_div", "mod"]
    x, y = (v.ravel() for v in np.meshgrid(SPECIAL[:-1], SPECIAL[:-1]))
    check_value(together(names), [x, y] * len(names))


def test_softplus_and_sigmoid_do_not_overflow():
    x = np.array([-1000.0, -40.0, 40.0, 1000.0])
    check_value(T.softplus, [x], [[0.0, np.exp(-40.0), 40.0, 1000.0]], rtol=1e-12)
    check_value(T.sigmoid, [x], [[0.0, np.exp(-40.0), 1.0, 1.0]], rtol=1e-12)


def test_small_arguments_keep_their_digits():
    x = np.array([1e-12, -1e-12])
    for name in ("expm1", "log1p", "sin", "tan", "sinh", "tanh", "arctan", "arcsinh", "arctanh"):
        check_value(getattr(T, name), [x], x, rtol=1e-11)


class TestClip:
    def test_values_and_gradients(self):
        x = np.array([-1.5, -0.2, 0.6, 2.5])
        low, high = np.array([-1.0, -1.0, 0.0, 0.0]), np.array([0.5, 1.0, 1.0, 2.0])
        check_op(T.clip, [x, low, high], np.clip)
        check_op(lambda x: x.clip(-1, 1), [x], np.clip(x, -1, 1))

    def test_low_wins_below_where_the_limits_cross(self):
        values = [np.array([-1.0, 0.5, 3.0]), np.ones(3), np.zeros(3)]
        check_value(T.clip, values, np.array([1.0, 1.0, 0.0]))

    def test_nan(self):
        values = [np.array([np.nan, 1.0, 1.0]), np.array([0, np.nan, 0]), np.array([1, 1, np.nan])]
        check_value(T.clip, values, np.array([np.nan, 1.0, 1.0]))

    def test_the_bounds_themselves_pass_the_gradient_on(self):
        x = T.dvector()
        g = function([x], T.grad(T.clip(x, 0, 1).sum(), x))
        np.testing.assert_array_equal(g([-1, 0, 0.5, 1, 2]), [0, 1, 1, 1, 0])

    @pytest.mark.parametrize("dtype", ["int8", "uint8", "float16", "float32"])
    def test_dtypes(self, dtype):
        x = np.array([0, 3, 9], dtype)
        check_value(lambda x: T.clip(x, 1, 5), [x], [[1, 3, 5]])


class TestInRange:
    @pytest.mark.parametrize("openlow", [False, True])
    @pytest.mark.parametrize("openhi", [False, True])
    def test_values(self, openlow, openhi):
        x, low, high = np.arange(-1.0, 4), np.float32(0), np.float64(2)
        want = ((x > 0) | ((x == 0) & (not openlow))) & ((x < 2) | ((x == 2) & (not openhi)))
        between = scalar.InRange(openlow, openhi)
        check_op(T.Elemwise(between), [x, low, high], want)
        assert (between == scalar.inclosedrange) is (not openlow and not openhi)

    def test_errors_are_of_one_class(self):
        with check_raises(scalar.ComplexError, "complex64"):
            T.cvector() % 2
        with check_raises(NotImplementedError, "complex64"):
            scalar.mod_check(scalar.complex64(), 2)


class TestSwitch:
    def test_values_and_gradients(self):
        condition = np.array([True, False, True])
        x, y = np.array([1.0, 2.0, 3.0]), np.array([-1.0, -2.0, -3.0])
        check_op(T.switch, [condition, x, y], np.where)

    @pytest.mark.parametrize("dtype", [d for d in ALL_DTYPES if d != "bool"])
    def test_any_number_but_zero_is_true(self, dtype):
        condition = np.array([0, 1, 2]).astype(dtype)
        check_value(T.switch, [condition, np.ones(3), np.zeros(3)], [[0.0, 1.0, 1.0]])

    def test_nan_is_true(self):
        check_value(T.switch, [np.array([np.nan]), np.ones(1), np.zeros(1)], [[1.0]])

    def test_branches_meet_in_a_common_dtype(self):
        values = [np.array([1, 0]), np.array([1, 2], "int8"), np.array([0.5, 0.5], "float32")]
        (result,) = check_value(T.switch, values, [[1.0, 0.5]])
        assert result.dtype == "float32"

    def test_scalars_broadcast(self):
        x = np.array([[1.0, -2.0], [-3.0, 4.0]])
        check_op(lambda x: T.switch(T.gt(x, 0), x, 0.5), [x], np.where(x > 0, x, 0.5))


def test_sums_and_products_of_many():
    x, y, z = np.array([1.0, 2.0]), np.array([3.0, 5.0]), np.array([0.5, 0.25])
    check_op(T.add, [x, y, z], x + y + z)
    check_op(T.mul, [x, y, z], x * y * z)
    check_op(T.add, [x], x)
    check_op(T.mul, [x], x)


class TestGradientConventions:
    """Where a derivative is a matter of choice, the choice is Theano's."""

    @staticmethod
    def gradient(build, *values, wrt=0):
        inputs = [T.TensorType(np.asarray(v).dtype.name, [False])() for v in values]
        g = T.grad(build(*inputs).sum(), inputs[wrt], disconnected_inputs="ignore")
        run = function(inputs, g, on_unused_input="ignore")
        return run(*[np.asarray(v) for v in values])

    @pytest.mark.parametrize("op", [T.maximum, T.minimum])
    def test_a_tie_counts_for_the_first(self, op):
        assert self.gradient(op, [2.0], [2.0], wrt=0) == [1.0]
        assert self.gradient(op, [2.0], [2.0], wrt=1) == [0.0]

    def test_kinks(self):
        assert self.gradient(abs, [0.0]) == [0.0]
        assert self.gradient(T.floor, [0.5]) == [0.0]
        assert self.gradient(T.sgn, [0.5]) == [0.0]
        assert self.gradient(lambda x: x // 2.0, [7.5]) == [0.0]
        np.testing.assert_array_equal(
            self.gradient(lambda x, y: x % y, [7.5, -7.5], [2.0, 2.0], wrt=1), [-3.0, 4.0]
        )

    def test_power_of_zero(self):
        x, y = [0.0, 0.0, 2.0], [1.0, 2.0, 3.0]
        np.testing.assert_array_equal(self.gradient(T.pow, x, y), [1.0, 0.0, 12.0])
        np.testing.assert_allclose(
            self.gradient(T.pow, x, y, wrt=1), [0.0, 0.0, 8 * np.log(2)], rtol=1e-14
        )

    def test_an_integer_operand_counts_as_a_number(self):
        n, y = np.array([2, 3], "int32"), [0.5, 0.7]
        config.floatX = "float64"
        for build, expected in [
            (lambda n, y: n * y, [0.5, 0.7]),
            (lambda n, y: n + y, [1, 1]),
            (lambda n, y: n - y, [1, 1]),
            (lambda n, y: n / y, [2, 1 / 0.7]),
            (lambda n, y: T.exp(n), np.exp([2, 3])),
            (lambda n, y: T.maximum(n, y), [1, 1]),
            (lambda n, y: T.switch(T.gt(y, 0.6), n, y), [0, 1]),
            (lambda n, y: y**n, np.log(y) * np.power(y, [2, 3])),
            (lambda n, y: T.cast(n, "float64"), [1, 1]),
            (lambda n, y: T.sqr(n) * 1.0, [0, 0]),
        ]:
            np.testing.assert_allclose(self.gradient(build, n, y), expected, rtol=1e-12)

    def test_nothing_passes_through_integers(self):
        assert self.gradient(lambda x: T.cast(x, "int32") * 1.0, [2.7]) == [0.0]
        assert self.gradient(lambda x: T.gt(x, 1) * 1.0, [2.7]) == [0.0]


def test_derivatives_that_nobody_has_are_named():
    k, x = T.dvectors(2)
    with check_raises(TypeError, "gammainc", "with respect to k"):
        T.grad(T.gammainc(k, x).sum(), k)


@pytest.mark.parametrize(
    ("build", "texts"),
    [
        (lambda: T.neg(T.vector(dtype="bool")), ["boolean", "invert"]),
        (lambda: T.vector(dtype="bool") - T.vector(dtype="bool"), ["booleans", "neq"]),
        (lambda: T.fvector() & T.fvector(), ["and_", "integers and booleans", "float32"]),
        (lambda: T.ivector() | T.vector(dtype="bool"), ["mix booleans and integers"]),
        (lambda: T.bvector() ^ T.vector(dtype="uint64"), ["int8 and uint64"]),
        (lambda: T.zvector() % 2, ["mod", "complex128"]),
        (lambda: T.Elemwise(scalar.inopenrange)(T.zvector(), 0, 1), ["InRange", "complex128"]),
        (lambda: T.clip(T.zvector(), 0, 1), ["clip", "complex128"]),
        (lambda: T.ceil(T.cvector()), ["ceil", "complex64"]),
        (lambda: T.round_half_to_even(T.ivector()), ["real floats", "int32"]),
        (lambda: T.sgn(T.vector(dtype="bool")), ["sign of a boolean"]),
        (lambda: T.exp(T.vector(), T.vector()), ["exp", "takes 1 inputs, got 2"]),
        (lambda: T.sub(T.vector()), ["sub", "takes 2 inputs, got 1"]),
        (lambda: T.exp("x"), ["cannot be made a constant tensor"]),
        (lambda: T.exp(None), ["cannot be made a constant tensor"]),
        (lambda: T.cast(T.zvector(), "float64"), ["complex128", "real part"]),
        (lambda: T.cast(T.vector(), "float80"), ["unsupported dtype", "float80"]),
        (lambda: T.vector() + True, ["Python boolean", "numpy.array(True)"]),
    ],
)
def test_what_is_refused(build, texts):
    with check_raises(TypeError, *texts):
        build()


class TestUsersOps:
    """A scalar op from outside the package: numbers in ``impl``, no ``lower``."""

    class Cube(scalar.UnaryScalarOp):
        def impl(self, x):
            return float(x) ** 3  # of one number only

        def grad(self, inputs, output_gradients):
            (x,), (g_z,) = inputs, output_gradients
            return [g_z * 3 * x * x]

    class Line(scalar.ScalarOp):
        """With ``lower``: on whole arrays."""

        nin = 2
        __props__ = ("slope",)

        def __init__(self, slope):
            self.slope = slope

        def impl(self, x, y):
            return np.add(x * x.dtype.type(self.slope), y)

        def lower(self, ctx, x, y):
            return x * self.slope + y

        def L_op(self, inputs, outputs, output_grads):
            return [output_grads[0] * self.slope, output_grads[0]]

    def test_numbers_only(self):
        x = np.array([[0.5, 2.0], [-1.0, 0.25]])
        check_op(T.Elemwise(self.Cube()), [x], x**3, compiled=False)
        check_op(T.Elemwise(self.Cube()), [np.array(1.5)], np.array(3.375), compiled=False)
        check_value(T.Elemwise(self.Cube()), [np.zeros((0, 2))], np.zeros((0, 2)), compiled=False)

    def test_dtypes_by_an_attribute(self):
        class Half(scalar.ScalarOp):
            def __init__(self, name):
                super().__init__(name=name)
                self.output_types_preference = scalar.specific_out(scalar.float16)

            def impl(self, *xs):
                return sum(xs)

        assert T.Elemwise(Half("half"))(T.dvector(), T.ivector()).dtype == "float16"
        assert T.cast(T.ivector(), "int8").owner.op.scalar_op.output_types_preference.spec == (
            scalar.int8,
        )

    def test_dtypes_by_preference(self):
        cube = T.Elemwise(self.Cube(scalar.upgrade_to_float_no_complex, name="cube"))
        assert [cube(T.vector(dtype=d)).dtype for d in ("int8", "int64", "float16")] == [
            "float32",
            "float64",
            "float16",
        ]
        with check_raises(TypeError, "cube", "complex64"):
            cube(T.cvector())
        check_op(cube, [np.array([1.5, -0.5])], np.array([3.375, -0.125]), compiled=False)

    def test_a_gradient_that_asks_for_the_type_of_a_number(self):
        class Square(scalar.UnaryScalarOp):
            def impl(self, x):
                return x * x

            def grad(self, inputs, output_gradients):
                (x,), (g_z,) = inputs, output_gradients
                assert x.type in scalar.float_types
                return [g_z * x * scalar.add(1, 1)]

        x = np.array([[0.5, 2.0]])
        check_op(T.Elemwise(Square()), [x], x * x, compiled=False)

    def test_with_a_lowering(self):
        x, y = np.array([1.0, 2.0]), np.array([0.5, -0.5])
        check_op(T.Elemwise(self.Line(3.0)), [x, y], 3 * x + y)

    def test_props_decide_equality(self):
        assert T.Elemwise(self.Line(3.0)) == T.Elemwise(self.Line(3.0))
        assert T.Elemwise(self.Line(3.0)) != T.Elemwise(self.Line(4.0))


class TestNumbers:
    """Scalar ops on scalar variables, without tensors."""

    def test_an_expression(self):
        x, y = scalar.Scalar("float32")("x"), scalar.Scalar("int8")("y")
        z = scalar.exp(x) * y - 2
        assert z.type == scalar.Scalar("float32")
        run = function([x, y], z, mode=HOST)
        assert run(np.float32(0.5), np.int8(3)) == pytest.approx(3 * np.exp(0.5) - 2, rel=1e-6)

    def test_operators(self):
        x, y = scalar.Scalar("float64")(), scalar.Scalar("float64")()
        outputs = [x + y, x - y, x * y, x / y, x // y, x % y, x**y, -x, abs(x), 1 - x, 2 / x]
        outputs += [x < y, x <= y, x > y, x >= y]
        got = function([x, y], outputs, mode=HOST)(np.float64(2.5), np.float64(-1.5))
        a, b = 2.5, -1.5
        expected = [a + b, a - b, a * b, a / b, a // b, a % b, a**b, -a, a, 1 - a, 2 / a]
        np.testing.assert_allclose(got, [*expected, False, False, True, True], rtol=1e-15)

    def test_a_tensor_lifts_the_op(self):
        assert scalar.exp(T.fvector()).type == T.fvector
        assert scalar.add(T.fvector(), 1.0).ndim == 1

    def test_arrays_are_refused(self):
        with check_raises(TypeError, "a scalar op takes numbers"):
            scalar.exp([1.0, 2.0])


def test_lengths_that_do_not_match():
    check_op_raises(
        T.add,
        [np.ones(3), np.ones(4)],
        ValueError,
        "Input dimension mis-match",
        "shape[0] = 3",
        "(4,)",
    )
