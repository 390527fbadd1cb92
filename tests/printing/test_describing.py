"""Texts that tell variables and arrays apart."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
from tests.checks import check_raises

import theano.tensor as T
from theano.graph import Variable
from theano.printing import (
    hex_digest,
    min_informative_str,
    position_independent_str,
    var_descriptor,
)

x, y, z = T.dmatrices("x", "y", "z")
ADD = "Elemwise{add,no_inplace}"


def test_min_informative_str():
    named = x + y
    named.name = "named"
    assert min_informative_str(named + (y + z)).splitlines() == [
        f"A. {ADD}",
        " B. named",
        f" C. {ADD}",
        "  D. y",
        "  E. z",
    ]
    e = T.exp(x)
    assert min_informative_str(e + y * e).splitlines() == [
        f"A. {ADD}",
        " B. Elemwise{exp,no_inplace}",
        "  C. x",
        " D. Elemwise{mul,no_inplace}",
        "  E. y",
        "  <B>",
    ]
    assert min_informative_str(x, indent_level=2) == "  A. x"
    assert min_informative_str(np.ones(2)) == "A. <ndarray>"
    assert min_informative_str(T.dvector()) == "A. <TensorType(float64, vector)>"


def test_var_descriptor():
    e = T.exp(x)
    e.name = "left out"
    assert var_descriptor(e + y * e) == (
        f"A={ADD}(B=Elemwise{{exp,no_inplace}}(C=x),D=Elemwise{{mul,no_inplace}}(E=y,<B>))"
    )
    array = var_descriptor(np.arange(3.0))
    assert array.startswith("A=<ndarray:strides=[8],digest=")
    assert var_descriptor(np.arange(3.0)[::-1]) != array
    assert position_independent_str(x) == "theano_var{type=TensorType(float64, matrix)}"
    with check_raises(NotImplementedError, "only variables"):
        position_independent_str(3)


def test_no_place_in_memory_is_told():
    class Plain(type(x.type)):
        def __str__(self):
            return "plain"

    class Odd(Variable):
        def __str__(self):
            return "odd at 0x7f"

    assert var_descriptor(Odd(Plain("float64", ()))) == "A=theano_var{type=plain}"


def test_any_depth():
    e = x
    for _ in range(3000):
        e = e + y
    assert min_informative_str(e).count("\n") == 6000
    assert var_descriptor(e).count(ADD) == 3000


def test_hex_digest():
    """As Theano 1.0.5 gives it."""
    digest = "ab25350e3e65efebe24584461683ecda68725576e825e550038b90e7b1479946"
    assert hex_digest(np.arange(3)) == f"{digest}|strides=[8]|shape=[3]"
    assert hex_digest(np.zeros((2, 3))) != hex_digest(np.zeros((3, 2)))
    with check_raises(TypeError, "hex_digest", "ndarray"):
        hex_digest([1])


def test_descriptions_are_the_same_in_every_process():
    code = (
        "import theano.tensor as T; from theano.printing import var_descriptor;"
        "x = T.dmatrix('x'); print(var_descriptor(T.exp(x).sum(axis=0) * 2 + x[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert done.stdout.strip() == var_descriptor(T.exp(x).sum(axis=0) * 2 + x[1:])
