"""What is asked of Theano about the edges of arithmetic: integers, infinities, NaN, nothing at all.

A row of ``GROUPS`` is one graph: inputs, and expressions of them. Theano's Python reads it too, so
it keeps to Python 3.7. ``record_behaviour.py`` asks, ``tests/test_behaviour.py`` compares.
"""

from __future__ import annotations

from collections import namedtuple

SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = SIGNED + UNSIGNED
DISCRETE = ("bool",) + INTEGERS
FLOATS = ("float16", "float32", "float64")
DTYPES = DISCRETE + FLOATS + ("complex64", "complex128")

inf, nan = float("inf"), float("nan")

Group = namedtuple("Group", "name inputs expressions alone")
"""``inputs``: dtype and values of each name. ``alone``: every expression in a graph of its own, as
one error would hide the others."""


def group(name, inputs, *expressions, alone=False):
    return Group(name, inputs, list(expressions), alone)


def bounds(dtype):
    bits = int(dtype.strip("uint"))
    return (0, 2**bits - 1) if dtype in UNSIGNED else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def edges(dtype):
    """The bounds of an integer dtype and small numbers."""
    low, high = bounds(dtype)
    small = (-7, -2, -1, 0, 1, 2, 7)
    return sorted({low, low + 1, high - 1, high, *(n for n in small if n >= low)})


def operands(dtype, values):
    return [[0], [1]] if dtype == "bool" else [[v] for v in values if v >= bounds(dtype)[0]]


# Every pair of dtypes, with operands that no dtype is too narrow for.
NUMERATORS = {"x_" + d: (d, operands(d, (-9, -7, -1, 0, 1, 6, 7, 100))) for d in DISCRETE}
DENOMINATORS = {
    "y_" + d: (d, [[n for (n,) in operands(d, (-7, -2, -1, 1, 2, 7)) if n]]) for d in DISCRETE
}
PAIRS = [(a, b) for a in DISCRETE for b in DISCRETE]


def column(x, operator, y):
    return f"{x}.dimshuffle(0, 'x') {operator} {y}.dimshuffle('x', 0)"


def flat(values):
    return [v for row in values for v in row]


OPERANDS = {name: (dtype, flat(v)) for name, (dtype, v) in {**NUMERATORS, **DENOMINATORS}.items()}


def crossed(operator):
    return [column("x_" + a, operator, "y_" + b) for a, b in PAIRS]


def whole(dtype, *expressions):
    """Expressions of two integers ``x`` and ``y``, at the edges of their dtype."""
    values = edges(dtype)
    return group("overflow of " + dtype, {"x": (dtype, values), "y": (dtype, values)}, *expressions)


OVERFLOW = (
    column("x", "+", "y"),
    column("x", "-", "y"),
    column("x", "*", "y"),
    "x * x * x",
    "T.sqr(x)",
    "abs(x)",
    "-x",
    "T.sgn(x)",
    "~x",
    "x + 1",
    "x - 1",
    "x + 300",
    "x * 2 + 1",
    "T.maximum(x.dimshuffle(0, 'x'), y)",
    "T.minimum(x.dimshuffle(0, 'x'), y)",
    "x.sum()",
    "x.prod()",
    "x.sum(dtype='{0}')",
    "x.prod(dtype='{0}')",
    "x.sum(acc_dtype='{0}')",
    "x.mean()",
    "x.max()",
    "x.min()",
    "x.argmax()",
    "x.argmin()",
    "T.cast(x, 'int8')",
    "T.cast(x, 'uint8')",
    "T.cast(x, 'int32')",
    "T.cast(x, 'uint64')",
    "T.cast(x, 'float32')",
    "T.cast(x, 'float16')",
    "T.cast(x, 'bool')",
    "x / y.dimshuffle(0, 'x')",
    "T.isnan(x)",
    "T.isinf(x)",
    "T.all(x)",
    "T.any(x)",
    "T.clip(x, -3, 5)",
    "T.clip(x, 5, -3)",
    "T.switch(x, x, 1)",
    "x ** 2",
    "x ** 3",
)

FLOAT_VALUES = [-inf, -7.5, -2.5, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.5, 7.5, inf, nan]


def floating(dtype):
    outer = {"x": (dtype, FLOAT_VALUES), "y": (dtype, FLOAT_VALUES)}
    return [
        group(
            "binary operators of " + dtype,
            outer,
            *[column("x", o, "y") for o in ("+", "-", "*", "/", "//", "%", "**", "<", "<=", ">=")],
            *[
                f"T.{name}(x.dimshuffle(0, 'x'), y)"
                for name in ("maximum", "minimum", "eq", "neq", "arctan2")
            ],
            "T.switch(T.gt(x.dimshuffle(0, 'x'), y), 1, 2)",
            "T.isclose(x.dimshuffle(0, 'x'), y)",
            "T.isclose(x.dimshuffle(0, 'x'), y, equal_nan=True)",
            "T.divmod(x.dimshuffle(0, 'x'), y)[0]",
            "T.divmod(x.dimshuffle(0, 'x'), y)[1]",
        ),
        group(
            "functions of " + dtype,
            {"x": (dtype, FLOAT_VALUES)},
            *[f"T.{name}(x)" for name in FUNCTIONS],
            "T.round(x, 'half_to_even')",
            "T.round(x, 'half_away_from_zero')",
            "x ** 2",
            "x ** 3",
            "x ** 0",
            "x ** 0.5",
            "x ** -1",
            "x ** -2",
            "2 ** x",
            "(-2) ** x",
            "0 ** x",
            "x % 2",
            "x % -2",
            "x // 2",
            "x // -2",
            "2 % x",
            "7 // x",
            "x / 0",
            "0 / x",
            "x - x",
            "x * 0",
            "x / x",
            "T.switch(x, 1, 2)",
            "T.switch(T.isnan(x), 0, x)",
            "T.clip(x, -1, 1)",
            "T.clip(x, 1, -1)",
            "T.clip(x, nan, 1)",
            "T.clip(x, -1, nan)",
            "T.eq(x, x)",
            "T.neq(x, x)",
            "T.all(x)",
            "T.any(x)",
            "T.cast(x, 'bool')",
            "T.cast(x, 'float16')",
            "T.cast(x[1:13], 'int32')",
            "T.cast(x[1:13], 'int8')",
            "T.log(1 + x)",
            "T.log(T.exp(x))",
            "T.log(1 - T.nnet.sigmoid(x))",
            "T.log(T.nnet.sigmoid(x))",
            "T.nnet.softplus(x)",
            "T.nnet.relu(x)",
        ),
    ]


FUNCTIONS = (
    *("abs_", "neg", "sgn", "sqr", "sqrt", "inv", "floor", "ceil", "trunc", "exp", "exp2"),
    *("expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "tanh", "sinh", "cosh"),
    *("arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "isnan", "isinf", "erf"),
    *("erfc", "gammaln", "deg2rad"),
)

# Named, for one dtype each.
EXTREMES = {
    "plain": [3, -1, 2],
    "nan_first": [nan, 1, 2],
    "nan_last": [1, 2, nan],
    "two_nan": [1, nan, 5, nan, -5],
    "zeros": [-0.0, 0.0, -0.0],
    "zeros_turned": [0.0, -0.0, 0.0],
    "infinite": [-inf, inf, inf, -inf],
    "all_low": [-inf, -inf],
    "all_high": [inf, inf],
    "mixed": [inf, nan, -inf],
    "ties": [2, 5, 5, 2],
}
REDUCTIONS = ("max", "min", "argmax", "argmin", "sum", "prod", "mean", "var", "std", "all", "any")

EMPTY = {
    "v": ("float64", []),
    "n": ("int64", []),
    "b": ("bool", []),
    "rows": ("float64", {"shape": [0, 3]}),
    "columns": ("float64", {"shape": [3, 0]}),
    "f": ("float32", []),
}

PROBABILITIES = {
    "m": (
        "float64",
        [[0, 1, 2], [-inf, 0, 1], [-inf, -inf, -inf], [inf, 0, 1], [nan, 0, 1], [1e4, -1e4, 0]],
    ),
    "v": ("float64", [-inf, 0, 1000.0, -1000.0]),
    "low": ("float64", [-inf, -inf]),
    "high": ("float64", [inf, 0]),
    "s": ("float32", [[0, 1, 2], [-inf, 0, 1], [-inf, -inf, -inf], [inf, 0, 1]]),
}

ZEROS = {
    "none": ("float64", [2, 3, 4]),
    "one": ("float64", [2, 0, 4]),
    "two": ("float64", [0, 3, 0]),
    "nans": ("float64", [nan, 0, 2]),
    "m": ("float64", [[1, 2, 3], [0, 5, 6], [0, 0, 9]]),
    "h": ("float32", [2, 0, 4]),
}

# Sums that need a wider accumulator, of two elements so that only one order exists.
LARGE = {"float16": [2048, 1], "float32": [2.0**24, 1], "float64": [2.0**53, 1]}
OVERFLOWING = {
    "float16": [60000, 60000, -60000],
    "float32": [3e38, 3e38, -3e38],
    "float64": [1.5e308, 1.5e308],
}


def accumulated(dtype):
    how = [""] + [f"dtype='{d}'" for d in FLOATS]
    how += ["acc_dtype='float32'"] * (dtype != "float64") + ["acc_dtype='float64'"]
    return group(
        "accumulators of " + dtype,
        {"x": (dtype, LARGE[dtype]), "y": (dtype, OVERFLOWING[dtype]), "z": (dtype, [0.1, 0.1])},
        *[f"x.{f}({h})" for f in ("sum", "mean") for h in how],
        *[f"z.prod({h})" for h in how],
        "y.sum()",
        "y.mean()",
        "y.max()",
        "x.var()",
        "z.sum(dtype='float64')",
    )


NARROW = {
    "i8": ("int8", [100, 100, 100, -128]),
    "u8": ("uint8", [200, 100, 255]),
    "i16": ("int16", [32767, 32767, -1]),
    "i32": ("int32", [2147483647, 2147483647, 3]),
    "i64": ("int64", [2**62, 2**62, 2**62, 5]),
    "u64": ("uint64", [2**63, 2**63, 7]),
    "b": ("bool", [1, 1, 0, 1]),
}
HOW = ("", "dtype='int8'", "dtype='uint8'", "dtype='int32'", "dtype='float32'", "dtype='float64'")

BOOLEANS = {"x": ("bool", [0, 0, 1, 1]), "y": ("bool", [0, 1, 0, 1])}

HALVES = [-2.5, -1.5, -0.5, -0.25, 0.25, 0.5, 1.5, 2.5, 3.5]
# Where adding a half rounds by itself, or nothing is left to round.
NEARLY_HALF = {
    "float16": [0.49975586, 1025.0, 2050.0],
    "float32": [0.49999997, 8388609.0, -8388609.0, 4194304.5],
    "float64": [0.49999999999999994, 4503599627370497.0, 2251799813685248.5],
}

GROUPS = [
    *[group(f"{o} of integers", OPERANDS, *crossed(o)) for o in ("//", "%", "/", "-", "<")],
    *[
        whole(d, *[e.format(d) for e in OVERFLOW if d in SIGNED or not e.startswith("T.sgn")])
        for d in INTEGERS
    ],
    *[
        group(
            "division at the edges of " + d,
            {"x": (d, edges(d)), "y": (d, [n for n in edges(d) if n not in (0, -1)])},
            column("x", "//", "y"),
            column("x", "%", "y"),
            "x // 2",
            "x % 2",
            "7 // y",
            "7 % y",
        )
        for d in INTEGERS
    ],
    *[
        group(
            "division by minus one of " + d,
            {"x": (d, edges(d)), "y": (d, [-1])},
            column("x", "//", "y"),
            column("x", "%", "y"),
            alone=True,
        )
        for d in SIGNED
    ],
    *[
        group(
            "division by zero of " + d,
            {"x": (d, [5, 0, 1]), "y": (d, [1, 0, 1]), "one": (d, [1]), "zero": (d, [0])},
            "x // y",
            "x % y",
            "x // 0",
            "x % 0",
            "T.divmod(x, y)[0]",
            "one // zero",
            "T.switch(T.eq(y, 0), 0, x // y)",
            "x / y",
            "(x / y).sum()",
            "T.inv(y)",
            alone=True,
        )
        for d in ("int8", "int64", "uint8", "uint64")
    ],
    *[
        group(
            "quotients that vanish, of " + d,
            {
                "x": (d, [-1, 1, -1, 1, -(2.0**-20), 7, 1, -1, 1e4, 0.3]),
                "y": (d, [2.0**14, -(2.0**14), 3e4, 3e4, 3e4, inf, 0.1, 0.1, 2.0**-20, 0.1]),
            },
            "x // y",
            "x % y",
        )
        for d in FLOATS
    ],
    group(
        "division of nothing",
        {"x": ("int64", []), "y": ("int64", [])},
        "x // y",
        "x % y",
        "x / y",
    ),
    *[
        group(
            "powers of " + d,
            {
                "x": (d, [n for n in edges(d) if abs(n) < 8]),
                "y": (d, [0, 1, 2, 5, 7]),
                "z": ("int8", [0, 1, 2, 5, 7]),
            },
            column("x", "**", "y"),
            column("x", "**", "z"),
            "x ** 2.0",
            "x ** 0.5",
            "2 ** y",
        )
        for d in INTEGERS
    ],
    *[
        group(
            "negative powers of " + d,
            {"x": (d, [-3, -2, -1, 1, 2, 3]), "zero": (d, [0, 0]), "y": (d, [-1, -2, -3])},
            column("x", "**", "y"),
            "zero ** -1",
            "x ** -1",
            "x ** -2",
            alone=True,
        )
        for d in SIGNED
    ],
    *[g for d in FLOATS for g in floating(d)],
    *[
        group(
            "extremes of " + d,
            {name: (d, values) for name, values in EXTREMES.items()},
            *[f"{name}.{f}()" for name in EXTREMES for f in REDUCTIONS],
            *[f"T.max_and_argmax({n})[{i}]" for n in EXTREMES for i in (0, 1)],
        )
        for d in FLOATS
    ],
    group(
        "gradients of extremes",
        {name: ("float64", values) for name, values in EXTREMES.items()},
        *[f"grad({n}.{f}(), {n})" for n in EXTREMES for f in ("max", "min")],
        "grad(T.maximum(zeros, zeros_turned).sum(), zeros)",
        "grad(T.minimum(nan_first, plain).sum(), [nan_first, plain])[0]",
        "grad(T.minimum(nan_first, plain).sum(), [nan_first, plain])[1]",
        "grad(abs(zeros).sum(), zeros)",
        "grad(T.sqrt(zeros).sum(), zeros)",
        "grad(T.clip(two_nan, -1, 1).sum(), two_nan)",
        "grad((zeros ** 2).sum(), zeros)",
        "grad((zeros ** 0.5).sum(), zeros)",
        "grad((plain ** plain).sum(), plain)",
        "grad(T.switch(two_nan, two_nan, 0).sum(), two_nan)",
        "grad((plain % 2).sum(), plain)",
        "grad(T.nnet.relu(zeros).sum(), zeros)",
    ),
    *[
        group(
            "sorting of " + d,
            {name: (d, values) for name, values in EXTREMES.items()},
            *[f"T.sort({name})" for name in EXTREMES],
            *[f"T.argsort({name}, kind='mergesort')" for name in EXTREMES],
        )
        for d in FLOATS
    ],
    group(
        "what nothing has",
        EMPTY,
        *[f"{n}.{f}()" for n in ("v", "n", "f", "b") for f in ("sum", "prod")],
        *[f"{n}.{f}()" for n in ("v", "n", "b") for f in ("all", "any")],
        *[f"{n}.{f}()" for n in ("v", "n", "f") for f in ("mean", "var", "std")],
        *[f"{n}.{f}(0)" for n in ("rows",) for f in ("sum", "prod", "mean", "all")],
        *["{}.{}(1)".format("rows", f) for f in ("max", "min", "argmax", "argmin", "sum", "mean")],
        *["{}.{}(0)".format("columns", f) for f in ("max", "min", "argmax", "argmin", "mean")],
        "T.max_and_argmax(rows, 1)[1]",
        "v + 1",
        "-v",
        "T.exp(v)",
        "T.maximum(v, f)",
        "T.nnet.softmax(rows)",
        "T.arange(0)",
        "T.dot(columns, rows)",
    ),
    group(
        "what nothing has not",
        EMPTY,
        *[
            f"{n}.{f}({axis})"
            for n, axis in (("v", ""), ("n", ""), ("rows", 0), ("columns", 1), ("columns", ""))
            for f in ("max", "min", "argmax", "argmin")
        ],
        "T.max_and_argmax(v)[0]",
        "T.max_and_argmax(v)[1]",
        "b.max()",
        "T.nnet.softmax(columns)",
        "grad(v.max(), v)",
        alone=True,
    ),
    group(
        "softmax and logsumexp",
        PROBABILITIES,
        "T.nnet.softmax(m)",
        "T.nnet.softmax(s)",
        "T.log(T.nnet.softmax(m))",
        "T.log(T.sum(T.exp(v)))",
        "T.log(T.sum(T.exp(low)))",
        "T.log(T.sum(T.exp(high)))",
        "T.log(T.sum(T.exp(m), axis=1))",
        "T.nnet.binary_crossentropy(T.nnet.sigmoid(v), 1)",
        "T.nnet.binary_crossentropy(T.nnet.sigmoid(v), 0)",
    ),
    group(
        "products with zeros",
        ZEROS,
        *[f"grad({n}.prod(), {n})" for n in ("none", "one", "two", "h")],
        "grad(m.prod(1).sum(), m)",
        "grad(m.prod(0).sum(), m)",
        "grad(m.prod(), m)",
        "nans.prod()",
        "grad(nans.prod(), nans)",
        "none.prod()",
    ),
    *[accumulated(d) for d in FLOATS],
    group(
        "sums of narrow integers",
        NARROW,
        *[f"{n}.{f}({h})" for n in NARROW for f in ("sum", "prod") for h in HOW],
        *[f"{n}.mean({h})" for n in NARROW for h in ("", *HOW[-2:])],
        *[f"{n}.var()" for n in NARROW],
    ),
    group(
        "booleans",
        BOOLEANS,
        "x + y",
        "x * y",
        "x / T.cast(1 + y, 'int8')",
        "x ** y",
        "x & y",
        "x | y",
        "x ^ y",
        "~x",
        "x < y",
        "T.eq(x, y)",
        "T.maximum(x, y)",
        "T.minimum(x, y)",
        "x.sum()",
        "x.prod()",
        "x.mean()",
        "x.max()",
        "x.min()",
        "x.argmax()",
        "x.argmin()",
        "x.all()",
        "x.any()",
        "x + 1",
        "x * 2",
        "1 - x",
        "abs(x)",
        "T.sqr(x)",
        "T.switch(x, 3, 4)",
        "T.isnan(x)",
        "T.isinf(x)",
        "T.cast(x, 'float32')",
        "T.exp(x)",
        "x * 0.5",
        "T.clip(x, y, y)",
        "x.sum(dtype='int8')",
        "x.sum(acc_dtype='int8')",
    ),
    group("booleans refused", BOOLEANS, "x - y", "-x", "T.sgn(x)", "x // y", "x % y", alone=True),
    *[
        group(
            "rounding of " + d,
            {"x": (d, [n for n in (-7, -1, 0, 1, 7) if n >= bounds(d)[0]])},
            "T.floor(x)",
            "T.ceil(x)",
            "T.trunc(x)",
            "T.sqrt(x)",
            "T.log(x)",
            "T.exp(x)",
            "x.mean()",
        )
        for d in INTEGERS
    ],
    group(
        "rounding refused",
        {"x": ("int64", [1, 2])},
        "T.round(x)",
        "T.round(x, 'half_away_from_zero')",
        "x.round()",
        "T.round(x / 2, 'up')",
        alone=True,
    ),
    *[
        group(
            "halves of " + d,
            {"x": (d, HALVES + near)},
            "T.round(x)",
            "T.round(x, 'half_to_even')",
            "T.round(x, 'half_away_from_zero')",
            "T.iround(x)",
            "T.floor(x)",
            "T.ceil(x)",
            "T.trunc(x)",
        )
        for d, near in NEARLY_HALF.items()
    ],
    *[
        group(
            f"casts of {d} {where}",
            {"x": (d, values)},
            *[f"T.cast(x, '{i}')" for i in DISCRETE],
        )
        for d in FLOATS
        for where, values in (
            ("out of range", [300.0, -300.0, -1.0, 200.7, -0.9, 40000.0]),
            ("that nothing holds", [inf, -inf, nan] + [1e10, -1e10, 1e30] * (d != "float16")),
        )
    ],
]
"""Everything that is evaluated."""

TYPES = [
    f"T.{f}(x{how})"
    for f in ("sum", "prod", "mean")
    for how in ("", *(f", {k}='{d}'" for k in ("dtype", "acc_dtype") for d in DTYPES))
]
"""Expressions whose dtype, or refusal, is recorded for ``x`` of every dtype."""
