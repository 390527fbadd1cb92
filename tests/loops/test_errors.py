"""What is said of loops that cannot be."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano.loops import until

x, m, n = T.fvector("x"), T.fmatrix("m"), T.lscalar("n")
w = theano.shared(np.float32(1), "w")
ZERO = np.float32(0)

WRONG = {
    "an integer start": (
        lambda: theano.scan(lambda a, s: s + a, x, T.constant(0, "start")),
        ValueError,
        (
            r"initial state .*output 0.* has dtype int8[\s\S]*result of the inner function"
            r"[\s\S]*float32[\s\S]*np\.zeros"
        ),
    ),
    "a start of more digits": (
        lambda: (
            theano.scan(lambda a, s: s + a, x, T.zeros((), "float64"), name="sums")
            and theano.scan(lambda a, s: T.cast(s + a, "float32"), x, T.zeros((), "float64"))
        ),
        ValueError,
        r"dtype float64[\s\S]*float32[\s\S]*T\.cast",
    ),
    "a start of another rank": (
        lambda: theano.scan(lambda s: s + x, None, ZERO, n_steps=3),
        ValueError,
        r"0 dimension\(s\)[\s\S]*1 dimension\(s\)",
    ),
    "a start of length 1": (
        lambda: theano.scan(lambda s: s + m, None, T.zeros((1, 3), "float32"), n_steps=3),
        TypeError,
        "unbroadcast",
    ),
    "too few outputs": (
        lambda: theano.scan(lambda a, s: [], x, ZERO),
        ValueError,
        r"None as outputs_info[\s\S]*1 outputs[\s\S]*0",
    ),
    "too many outputs": (
        lambda: theano.scan(lambda a, s: [s, a], x, ZERO),
        ValueError,
        r"None as outputs_info[\s\S]*1 outputs[\s\S]*2",
    ),
    "no number of steps": (
        lambda: theano.scan(lambda s: s + 1, None, ZERO),
        ValueError,
        "No information about the number of steps",
    ),
    "half a step": (lambda: theano.scan(lambda a: a, x, n_steps=2.5), ValueError, "must be an int"),
    "a vector of steps": (
        lambda: theano.scan(lambda a: a, x, n_steps=T.lvector()),
        ValueError,
        "must be an int",
    ),
    "no start": (
        lambda: theano.scan(lambda a: a, x, {"taps": [-1]}),
        ValueError,
        "initial state",
    ),
    "a tap ahead": (
        lambda: theano.scan(lambda a, s: a, x, {"initial": x, "taps": [0]}),
        ValueError,
        "smaller than 0",
    ),
    "a tap twice": (
        lambda: theano.scan(lambda a, s, t: a, x, {"initial": x, "taps": [-1, -1]}),
        ValueError,
        "twice",
    ),
    "a scalar to go along": (
        lambda: theano.scan(lambda a: a, T.fscalar()),
        IndexError,
        "dimension",
    ),
    "no tensor": (lambda: theano.scan(lambda a: a, "x"), TypeError, "no variable"),
    "a sequence without its tensor": (
        lambda: theano.scan(lambda a: a, {"taps": [0]}),
        ValueError,
        "without its tensor",
    ),
    "a returned string": (
        lambda: theano.scan(lambda a: "a", x),
        ValueError,
        "return value of your scan lambda",
    ),
    "an update of no shared variable": (
        lambda: theano.scan(lambda a: {x: x}, x),
        ValueError,
        "keeps no value",
    ),
    "a vector of conditions": (lambda: until(x > 0), ValueError, r"scalar[\s\S]*T\.all|scalar"),
    "strict": (
        lambda: theano.scan(lambda a: a * w * n, x, strict=True),
        theano.MissingInputError,
        r"strict=True[\s\S]*got: +w\n",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_while_building(name):
    build, error, text = WRONG[name]
    with pytest.raises(error, match=text):
        build()


@pytest.mark.parametrize("linker", ["jax", "py"])
def test_while_running(linker):
    mode = theano.Mode(linker="py") if linker == "py" else None
    negative = theano.function(
        [n], theano.scan(lambda s: s + 1, None, ZERO, n_steps=n)[0], mode=mode
    )
    with pytest.raises(IndexError, match="negative number of step -3"):
        negative(-3)
    assert list(negative(2)) == [1, 2]
    last = theano.scan(lambda s: s + 1, None, ZERO, n_steps=n)[0][-1]
    with pytest.raises(IndexError):
        theano.function([n], last, mode=mode)(0)
    grown = theano.scan(lambda s: s + x, None, T.zeros(2, "float32"), n_steps=2)[0]
    f = theano.function([x], grown, mode=mode)
    assert f(np.ones(2, "float32")).shape == (2, 2)
    with pytest.raises(
        ValueError, match=r"changes its shape[\s\S]*\(2,\)|[Ii]ncompatible|broadcast"
    ):
        f(np.ones(3, "float32"))
    shrunk = theano.scan(lambda s: s[1:], None, x, n_steps=2)[0]
    with pytest.raises(ValueError, match=r"changes its shape[\s\S]*\(3,\)[\s\S]*\(2,\)"):
        theano.function([x], shrunk, mode=mode)(np.ones(3, "float32"))


def test_an_error_in_a_loop_leaves_shared_variables_as_they_were():
    total = theano.shared(np.zeros(3, "float32"), "total")
    picked = theano.scan(lambda i, s: s + x[i], T.cast(m[0], "int64"), ZERO)[0]
    f = theano.function([x, m], picked, updates={total: total + 1})
    values = np.ones(3, "float32")
    f(values, np.array([[0, 2]], "float32"))
    with pytest.raises(IndexError):
        f(values, np.array([[0, 3]], "float32"))
    np.testing.assert_array_equal(total.get_value(), np.ones(3))
