"""What Theano 1.0.5 makes of ``behaviour_table.py``, as JSON.

    python tests/oracle/record_behaviour.py [TEXT IN THE GROUP'S NAME] > tests/data/behaviour.json

Every expression is asked twice: compiled to C, and of Theano's own Python code. A case holds "c",
and "py" as well where that differs by more than rounding. Each is dtype and value, or the type of
an exception; "died" is a process that a signal ended.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

os.environ["THEANO_FLAGS"] = "floatX=float64," + os.environ.get("THEANO_FLAGS", "")

import numpy as np
from behaviour_table import DTYPES, GROUPS, TYPES

import theano
import theano.tensor as T

# One C module for a whole graph where that goes, and one for each of its ops where it does not.
MODES = {"c": [("c", "fast_run"), ("cvm", "fast_run")], "py": [("py", "fast_compile")]}
ROUNDING = {"float16": 2e-3, "float32": 1e-5, "float64": 1e-12}


def array_of(dtype, values):
    if isinstance(values, dict):
        return np.zeros(values["shape"], dtype)
    return np.array(values, dtype=dtype)


def expression_of(text, names):
    return eval(text, dict(names, T=T, grad=theano.grad, nan=np.nan, inf=np.inf))


def numbers_of(value):
    """Return an array as lists of the shortest numbers that give it back in its dtype."""
    if value.dtype.kind != "f":
        return value.tolist()
    return np.vectorize(lambda x: float(str(x)), otypes=[float])(value).tolist()


def recorded(value):
    value = np.asarray(value)
    answer = {"dtype": value.dtype.name, "value": numbers_of(value) if value.size else []}
    if value.size == 0:
        answer["shape"] = value.shape
    return answer


def evaluated(inputs, texts, mode):
    arrays = {name: array_of(*given) for name, given in inputs.items()}
    names = {name: T.TensorType(a.dtype.name, [False] * a.ndim)(name) for name, a in arrays.items()}
    outputs = [expression_of(text, names) for text in texts]
    given, options = list(names.values()), {"on_unused_input": "ignore"}
    for i, kind in enumerate(MODES[mode], 1):
        try:
            f = theano.function(given, outputs, mode=theano.Mode(*kind), **options)
            break
        except NotImplementedError:
            if i == len(MODES[mode]):
                raise
    return [recorded(value) for value in f(*arrays.values())]


def alone(inputs, text, mode):
    try:
        return evaluated(inputs, [text], mode)[0]
    except Exception as error:
        return {"error": type(error).__name__}


def together(inputs, texts, mode):
    try:
        return evaluated(inputs, texts, mode)
    except Exception:
        return [alone(inputs, text, mode) for text in texts]


def in_another_process(function, *arguments):
    """Return the result, or None where the process died."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            return pool.submit(function, *arguments).result()
        except BrokenProcessPool:
            return None


def answers(row, mode):
    if not row.alone:
        found = in_another_process(together, row.inputs, row.expressions, mode)
        if found is not None:
            return found
    return [
        in_another_process(alone, row.inputs, text, mode) or {"error": "died"}
        for text in row.expressions
    ]


def agree(one, other):
    """Whether two answers are equal but for rounding; a zero of another sign is another."""
    if "error" in one or "error" in other:
        return one == other
    if one["dtype"] != other["dtype"]:
        return False
    a, b = (np.array(x["value"], dtype=x["dtype"]) for x in (one, other))
    if a.shape != b.shape or one["dtype"] not in ROUNDING:
        return a.shape == b.shape and bool((a == b).all())
    rounding = ROUNDING[one["dtype"]]
    with np.errstate(all="ignore"):
        close = np.isclose(a, b, rtol=rounding, atol=rounding, equal_nan=True)
    return bool(close.all()) and bool(((a != 0) | (np.signbit(a) == np.signbit(b))).all())


def group_record(row):
    cases = []
    by_mode = [answers(row, mode) for mode in MODES]
    for text, c, py in zip(row.expressions, *by_mode):  # noqa: B905  Python 3.7 has no strict
        case = {"expression": text, "c": c}
        if not agree(c, py):
            case["py"] = py
        cases.append(case)
    return {"name": row.name, "inputs": row.inputs, "alone": row.alone, "cases": cases}


def type_record(text):
    dtypes = []
    for dtype in DTYPES:
        try:
            dtypes.append(expression_of(text, {"x": T.vector(dtype=dtype)}).dtype)
        except Exception as error:
            dtypes.append(type(error).__name__)
    return {"expression": text, "dtypes": dtypes}


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    # Theano prints what it thinks of float16.
    with contextlib.redirect_stdout(sys.stderr):
        groups = [group_record(row) for row in GROUPS if wanted in row.name]
    record = {
        "theano": theano.__version__,
        "numpy": np.__version__,
        "inputs of types": DTYPES,
        "types": [type_record(text) for text in TYPES],
        "groups": groups,
    }
    text = json.dumps(record, separators=(",", ":"))
    print(text.replace('{"name"', '\n{"name"').replace('{"expression"', '\n{"expression"'))


if __name__ == "__main__":
    main()
