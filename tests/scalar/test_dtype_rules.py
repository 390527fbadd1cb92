"""The dtype of every elementwise result is Theano's, for all pairs of dtypes.

The tables in tests/data/dtype_rules.json were read off Theano 1.0.5.
"""

from __future__ import annotations

import json
import operator
from pathlib import Path

import numpy as np
import pytest

import theano.tensor as T
from theano import config
from theano.scalar import DISCRETE_DTYPES
from theano.tensor import nnet

RULES = json.loads((Path(__file__).parents[1] / "data" / "dtype_rules.json").read_text("utf-8"))
DTYPES = RULES["dtypes"]

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<": operator.lt,
    "-x": operator.neg,
    "~": operator.invert,
    "abs": abs,
}
REAL_ONLY = {
    *("//", "int_div", "mod", "arctan2", "gammaln", "tri_gamma", "gammainc", "gammaincc", "chi2sf"),
    *("sigmoid", "softplus"),
    *("i0", "i1", "iv", "j0", "j1", "jv"),
}
"""Of complex numbers, Theano builds the graph of these and then fails to run it."""


def function_of(name):
    match name:
        case "switch":
            return lambda x, y: T.switch(T.bvector(), x, y)
        case "switch(condition)":
            return lambda c: T.switch(c, T.bvector(), T.bvector())
        case "clip":
            return lambda x, y: T.clip(x, y, y)
        case _ if name in OPERATORS:
            return OPERATORS[name]
        case _:
            return getattr(T, name, None) or getattr(nnet, name)


def refused(name, operands):
    """Whether it is right to refuse what Theano gives a dtype."""
    if any(dtype.startswith("complex") for dtype in operands):
        return name in REAL_ONLY
    # Bits of an int64 and a uint64: Theano says float64, and fails to run it.
    return name in {"and_", "or_", "xor", "&", "|", "^"} and all(
        dtype in DISCRETE_DTYPES for dtype in operands
    )


def result_of(function, *operands):
    try:
        return function(*operands).dtype
    except TypeError:
        return "refused"


@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_dtypes_of_results(floatX):
    config.floatX = floatX
    vectors = {code: T.vector(dtype=dtype) for code, dtype in DTYPES.items()}
    wrong = []
    n_checked = 0
    for rule in RULES["rules"]:
        if floatX not in rule["floatX"]:
            continue
        rows = rule["table"].split("/")
        for name in rule["ops"]:
            function = function_of(name)
            for row, first in zip(rows, DTYPES if len(rows) > 1 else [None], strict=True):
                for letter, second in zip(row, DTYPES, strict=True):
                    n_checked += 1
                    codes = [second] if first is None else [first, second]
                    operands = [DTYPES[code] for code in codes]
                    expected = DTYPES.get(letter, "refused")
                    if name == "cast":
                        got = result_of(T.cast, vectors[first], DTYPES[second])
                    else:
                        got = result_of(function, *[vectors[code] for code in codes])
                    if got != expected and not (got == "refused" and refused(name, operands)):
                        wrong.append(f"{name}({', '.join(operands)}): {got}, Theano {expected}")
    assert not wrong, f"{len(wrong)} of {n_checked}:\n" + "\n".join(wrong[:40])
    assert n_checked > 6000


@pytest.mark.parametrize("floatX", ["float32", "float64"])
@pytest.mark.parametrize("literal", RULES["literals"]["float32"])
def test_dtypes_of_literals(literal, floatX):
    config.floatX = floatX
    expected = RULES["literals"][floatX][literal]
    value = eval(literal, {"np": np})
    if expected.endswith("Error"):
        with pytest.raises(OverflowError if expected == "OverflowError" else T.AsTensorError):
            T.as_tensor_variable(value)
        return
    variable = T.as_tensor_variable(value)
    assert variable.dtype == expected
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(variable.data, np.asarray(value, dtype=expected))


def test_a_literal_does_not_widen_an_expression():
    config.floatX = "float32"
    x = T.fvector()
    for literal in (2, 0.1, 1e-3, 70000):
        assert (x * literal).dtype == ("float64" if literal == 70000 else "float32")
        assert (literal - x).dtype == ("float64" if literal == 70000 else "float32")
