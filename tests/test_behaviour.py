"""At the edges of arithmetic, values, dtypes and errors are Theano's.

tests/data/behaviour.json was recorded from Theano 1.0.5 by tests/oracle/record_behaviour.py: what
its C code says of each expression and, where that is something else, its Python code. ``CHOICES``
has what is right here where the two differ and C is not followed, and why; docs/differences.md
tells users.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special

import theano.tensor as T
from theano import Mode, function, grad
from theano.scalar import INTEGER_DTYPES

RECORD = json.loads((Path(__file__).parent / "data" / "behaviour.json").read_text("utf-8"))
GROUPS = {group["name"]: group for group in RECORD["groups"]}
PYTHON = Mode(linker="py")
RTOL = {"float16": 2e-3, "float32": 1e-5, "float64": 1e-12, "complex64": 1e-5, "complex128": 1e-12}


@dataclass(frozen=True)
class Choice:
    """What is right where Theano's C code is not followed: its Python code, or something else.

    Attributes
    ----------
    groups, expressions : str
        Regular expressions of what it is about.
    reason : str
    answer : optional
        What is right: a value, or a function of the inputs.
    dtype : str, optional
        Of the answer, where Theano gives none.
    like : str, optional
        The group whose C code is followed instead, in the dtype of this one.
    zeros : bool
        Only the signs of zeros are not followed.
    """

    groups: str
    expressions: str
    reason: str
    answer: Any = None
    dtype: str | None = None
    like: str | None = None
    zeros: bool = False

    def covers(self, group: str, expression: str) -> bool:
        found = re.fullmatch(self.groups, group) and re.fullmatch(self.expressions, expression)
        return found is not None


def held(number: float, kind: Any) -> int:
    """Return what an integer dtype makes of a float: clamped to 32 or 64 bits, then wrapped."""
    if np.isnan(number):
        return 0
    wide = np.iinfo("int32" if kind.bits < 32 or kind.dtype == "int32" else "int64")
    high = 2**64 - 1 if kind.max > wide.max else wide.max
    whole = int(min(max(number, wide.min), 2.0**65))
    return (min(whole, high) - kind.min) % 2**kind.bits + kind.min


SIGNED_WITH_UNSIGNED = "|".join(
    rf".*_{a}\..*_{b}\..*"
    for signed, unsigned in ((r"int(8|16|32)", "uint32"), (r"int\d+", "uint64"))
    for a, b in ((signed, unsigned), (unsigned, signed))
)

CHOICES = [
    Choice(
        r"(//|%|-|<) of integers",
        SIGNED_WITH_UNSIGNED,
        "signed and unsigned operands meet in the dtype of the result, not in C's unsigned one",
    ),
    Choice(
        r"overflow of uint(32|64)",
        r"T\.clip\(.*",
        "clip compares in the dtype of the result",
    ),
    Choice(
        r"overflow of int\d+",
        r"x\.min\(\)",
        "the smallest integer is the minimum, though it has no negative",
        answer=lambda x, y: x.min(),
    ),
    Choice(
        r"overflow of int\d+",
        r"x\.argmin\(\)",
        "argmin finds the smallest integer, though it has no negative",
        answer=lambda x, y: x.argmin(),
    ),
    Choice(
        r"overflow of u?int64",
        r"T\.(maximum|minimum)\(.*",
        "extrema of 64-bit integers do not pass through floats",
    ),
    Choice(r"overflow of uint64", "-x", "the negative of an unsigned integer wraps in 64 bits too"),
    Choice(
        r"overflow of uint\d+",
        r"x \*\* [23]",
        "a power is computed in the dtype of the result, not in that of its base",
    ),
    Choice(
        r"division at the edges of int(32|64)",
        r".*(//|%).*",
        "dividing the smallest integer overflows in C where the quotient does not",
    ),
    Choice(
        r"division by minus one of int(32|64)",
        r".*//.*",
        "C kills the process; the quotient wraps as in narrower dtypes",
        answer=lambda x, y: -x[:, None],
    ),
    Choice(
        r"division by minus one of int(32|64)",
        r".*%.*",
        "C kills the process; the remainder is zero as in narrower dtypes",
        answer=lambda x, y: 0 * x[:, None],
    ),
    Choice(
        r"negative powers of int(32|64)",
        r"zero \*\* -1",
        "C casts an infinity to an integer; 0 as in narrower dtypes",
        answer=lambda x, y, zero: zero,
    ),
    *[
        Choice(
            f"{kind} of float16",
            r".* // .*|T\.divmod.*\[0\]|T\.gammaln\(x\)",
            f"{kind} of float16 are those of other floats: Theano has no C code for it",
            like=f"{kind} of float32",
        )
        for kind in ("binary operators", "functions")
    ],
    Choice(
        r"quotients that vanish.*",
        r"x // y",
        "x // y is the floor of the rounded quotient for negative numbers too",
        answer=lambda x, y: np.where(np.arange(10) < 5, [-1, -1, -1, 0, -1] * 2, np.floor(x / y)),
    ),
    Choice(
        r"(binary operators|functions) of float(32|64)",
        r".* % .*|T\.divmod.*\[1\]",
        "a remainder of zero has the sign of the divisor, as in Python",
    ),
    Choice(
        r"(binary operators|extremes) of float\d+",
        r"T\.(maximum|minimum)\(.*|zeros(_turned)?\.(max|min)\(\)|T\.max_and_argmax\(zeros\)\[0\]",
        "which of two zeros is the larger is not said: Theano's C and Python code differ",
        zeros=True,
    ),
    Choice(
        r"(functions|halves) of float\d+",
        r"T\.round\(.*|T\.log\(.*",
        "what is rounded to zero keeps its sign",
        zeros=True,
    ),
    Choice(
        r"functions of float\d+|gradients of extremes",
        r"x \*\* 0\.5|grad\(\(zeros \*\* 0\.5\).*",
        "the power 0.5 is not the square root at minus infinity and minus zero",
    ),
    Choice(
        r"functions of float\d+",
        r"x - x|x \* 0|0 / x",
        "NaN and infinity are not simplified away",
    ),
    Choice(
        r"functions of float\d+",
        r"T\.eq\(x, x\)",
        "NaN is not equal to itself",
        answer=lambda x: x == x,
    ),
    Choice(
        r"functions of float\d+",
        r"T\.neq\(x, x\)",
        "NaN is different from itself",
        answer=lambda x: x != x,
    ),
    Choice(
        "softmax and logsumexp",
        r"T\.log\(T\.sum\(T\.exp\((low|high)\)\)\)",
        "the logarithm of a sum of exponentials survives infinities",
    ),
    Choice(
        "softmax and logsumexp",
        r"T\.log\(T\.sum\(T\.exp\(m\), axis=1\)\)",
        "so it does row by row, and large numbers too",
        answer=lambda m, **_: scipy.special.logsumexp(m, axis=1),
    ),
    Choice(
        "softmax and logsumexp",
        r"T\.nnet\.binary_crossentropy\(.*, 0\)",
        "0 * log(0) is not simplified to 0",
        answer=[np.nan, np.log(2), 1000.0, 0.0],
    ),
    Choice(
        "products with zeros",
        r"grad\(nans.*",
        "the derivative of a product is the product of the others, NaN if one of them is",
        answer=[0.0, np.nan, np.nan],
    ),
    *[
        Choice(
            r"casts of float.*",
            rf"T\.cast\(x, '{dtype}'\)",
            f"floats that {dtype} cannot hold: undefined in C, where float16 has no code",
            answer=lambda x, dtype=dtype: [held(n, np.iinfo(dtype)) for n in x.astype(float)],
            dtype=dtype,
        )
        for dtype in INTEGER_DTYPES
    ],
]


def choice_of(group: str, expression: str) -> Choice | None:
    return next((choice for choice in CHOICES if choice.covers(group, expression)), None)


def right_answers(group: dict[str, Any], case: dict[str, Any], mode: Any) -> list[Any]:
    """Return what is right for a case. For ``perform``, Theano's Python code is, too."""
    python = case.get("py", case["c"])
    choice = choice_of(group["name"], case["expression"])
    if choice is None or choice.zeros:
        return [case["c"], python] if mode is PYTHON else [case["c"]]
    if choice.like is not None:
        cases = {c["expression"]: c["c"] for c in GROUPS[choice.like]["cases"]}
        return [{**cases[case["expression"]], "dtype": case["c"]["dtype"]}]
    if choice.answer is not None:
        dtype = python.get("dtype") or next(iter(group["inputs"].values()))[0]
        arrays = {name: array_of(*given) for name, given in group["inputs"].items()}
        with np.errstate(all="ignore"):
            value = choice.answer(**arrays) if callable(choice.answer) else choice.answer
        return [{"dtype": choice.dtype or dtype, "value": value}]
    return [python, case["c"]] if mode is PYTHON else [python]


def array_of(dtype: str, values: Any, shape: Any = None) -> np.ndarray:
    if isinstance(values, dict):
        return np.zeros(values["shape"], dtype)
    array = np.array(values, dtype=dtype)
    return array if shape is None else array.reshape(shape)


def built(text: str, variables: dict[str, Any]) -> Any:
    return eval(text, {**variables, "T": T, "grad": grad, "nan": np.nan, "inf": np.inf})


def difference(got: Any, expected: dict[str, Any], zeros: bool) -> str | None:
    """Return how an outcome differs from a recorded one; None where it does not.

    The sign of a zero counts, unless ``zeros``.
    """
    if "error" in expected:
        if isinstance(got, type) and expected["error"] in [kind.__name__ for kind in got.__mro__]:
            return None
        return f"{got!r}, not {expected['error']}"
    if isinstance(got, type):
        return f"{got.__name__}, not {expected['value']}"
    if got.dtype.name != expected["dtype"]:
        return f"{got.dtype}, not {expected['dtype']}"
    want = array_of(expected["dtype"], expected["value"], expected.get("shape"))
    if got.shape != want.shape:
        return f"shape {got.shape}, not {want.shape}"
    same = np.asarray(got == want)
    if got.dtype.kind == "f":
        rtol = RTOL[got.dtype.name]
        with np.errstate(all="ignore"):
            same = np.isclose(got, want, rtol=rtol, atol=rtol, equal_nan=True)
        if not zeros:
            same &= (got != 0) | (want != 0) | (np.signbit(got) == np.signbit(want))
    if same.all():
        return None
    where = tuple(int(i) for i in np.argwhere(~same)[0])
    return f"{got[where]!r}, not {want[where]!r} at {where}; {np.sum(~same)} of {same.size}"


def outcome(arrays: dict[str, Any], text: str, mode: Any) -> Any:
    """Return the value of one expression, or the name of the error that it ends in."""
    try:
        return values_of(arrays, [text], mode)[0]
    except Exception as error:
        return type(error)


def values_of(arrays: dict[str, Any], texts: list[str], mode: Any) -> list[Any]:
    variables = {
        name: T.TensorType(a.dtype.name, [False] * a.ndim)(name) for name, a in arrays.items()
    }
    outputs = [built(text, variables) for text in texts]
    given = list(variables.values())
    return function(given, outputs, mode=mode, on_unused_input="ignore")(*arrays.values())


@pytest.mark.parametrize("mode", [None, PYTHON], ids=["compiled", "perform"])
@pytest.mark.parametrize("name", GROUPS)
def test_behaviour(name, mode):
    group = GROUPS[name]
    arrays = {name: array_of(*given) for name, given in group["inputs"].items()}
    answers = {case["expression"]: right_answers(group, case, mode) for case in group["cases"]}
    together = [text for text, right in answers.items() if "error" not in right[0]]
    results = dict(zip(together, values_of(arrays, together, mode), strict=True))
    wrong = []
    for text, right in answers.items():
        got = results[text] if text in results else outcome(arrays, text, mode)
        choice = choice_of(name, text)
        zeros = choice is not None and choice.zeros
        differences = [difference(got, answer, zeros) for answer in right]
        if None not in differences:
            wrong.append(f"{text}: {differences[0]}")
    assert not wrong, f"{len(wrong)} of {len(answers)}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("text", [row["expression"] for row in RECORD["types"]])
def test_types(text):
    row = next(row for row in RECORD["types"] if row["expression"] == text)
    wrong = []
    for dtype, expected in zip(RECORD["inputs of types"], row["dtypes"], strict=True):
        try:
            got = built(text, {"x": T.vector(dtype=dtype)}).dtype
        except Exception as error:
            got = type(error).__name__
        if got != expected:
            wrong.append(f"{dtype}: {got}, Theano {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.reason)
def test_every_choice_differs_from_what_was_recorded(choice):
    covered = [
        case
        for group in RECORD["groups"]
        for case in group["cases"]
        if choice_of(group["name"], case["expression"]) is choice
    ]
    assert covered
    followed = choice.answer is None and choice.like is None and not choice.zeros
    assert not followed or any("py" in case for case in covered)
