"""Size programs: the same numbers as ``perform``, from arguments and shapes."""

from __future__ import annotations

import numpy as np
import pytest

import theano.tensor as T
from theano.graph import FunctionGraph
from theano.lowering import Interpreter
from theano.lowering.levels import Level, Levels
from theano.lowering.plan import expanded
from theano.lowering.sizes import SizeProgram

n, m, k = T.lscalar("n"), T.iscalar("m"), T.bscalar("k")
x, v, iv = T.dmatrix("x"), T.dvector("v"), T.lvector("iv")
INPUTS = [n, m, k, x, v, iv]


def computed(expressions, n_=5, m_=-3, k_=7):
    """Return the values of a size program, and what ``perform`` gives."""
    arrays = [
        np.asarray(n_),
        np.asarray(m_, "int32"),
        np.asarray(k_, "int8"),
        np.zeros((4, 6)),
        np.zeros(9),
        np.array([3, 1, 2]),
    ]
    graph = expanded(FunctionGraph(INPUTS, expressions))
    values = SizeProgram(graph.inputs, graph.outputs)(arrays)
    return values, Interpreter(graph.inputs, graph.outputs)(*arrays)


EXPRESSIONS = {
    "arithmetic": [n + m * 2 - k, -n, n // m, n % m, (n + 1) * 32, abs(m)],
    "order": [T.minimum(n, m), T.maximum(n, k), T.switch(n > m, n, m), T.clip(n, 0, 3)],
    "comparison": [n < m, n >= 5, T.eq(n, 5), T.neq(m, k), T.and_(n > 0, m > 0), ~(n > 0)],
    "casts": [T.cast(n, "int8"), T.cast(k, "int64"), T.cast(n > 2, "int32"), T.cast(m, "uint8")],
    "floats": [T.cast(T.ceil(n / 2.0), "int64"), T.cast(n * 0.5, "int32"), n / 2],
    "shapes": [x.shape[0] // 2 + 1, x.shape, v.size, x.size * n, T.exp(x).shape[1], x.T.shape],
    "vectors": [iv, iv * 2, iv[1], iv.sum(), T.stack([n, x.shape[0]]), iv.max(), iv[:2]],
    "reshaped": [x.reshape((2, -1)).shape[1], T.dot(x, x.T).shape, x[1:].shape, x.sum(0).shape],
    "moved": [x[n - 4 :].shape[0], v[m:].shape, v[::2].shape[0] + n],
}


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("numbers", [(5, -3, 7), (0, 2, -1), (2**62, 2**30, 100)], ids=str)
def test_they_agree_with_perform(name, numbers):
    values, expected = computed(EXPRESSIONS[name], *numbers)
    for variable, value, array in zip(EXPRESSIONS[name], values, expected, strict=True):
        assert not isinstance(value, np.ndarray)
        np.testing.assert_array_equal(np.asarray(value, array.dtype), array, err_msg=str(variable))
        hash(value)


def test_overflow_wraps():
    values, expected = computed([n * n, n + n, m * 4, k + k, -k], 2**62, 2**30, -128)
    assert list(values) == [int(e) for e in expected]
    assert values[0] == 0


def test_no_node_is_computed_twice():
    once = n * 7
    program = SizeProgram(INPUTS, [once + 1, once + 2, once])
    assert program.source.count("* 7") == 1


def test_errors_name_the_node():
    graph = expanded(FunctionGraph([n, v], [v[n]]))
    (place,) = [node for node in graph.toposort() if "WrapIndex" in str(node.op)]
    program = SizeProgram(graph.inputs, place.outputs)
    assert program([np.asarray(-2), np.zeros(5)]) == (3,)
    with pytest.raises(IndexError, match=r"from -5 to 4 along axis 0\n.*7 at test_sizes.py"):
        program([np.asarray(7), np.zeros(5)])
    for bad in (T.arange(0, 10, n), 7 // n, 7 % n):
        with pytest.raises(ZeroDivisionError) as info:
            SizeProgram([n], [bad])([np.asarray(0)])
        assert any("test_sizes.py" in note for note in info.value.__notes__)


def test_a_long_chain():
    y = n
    for _ in range(3000):
        y = y + 1
    assert SizeProgram([n], [y])([np.asarray(1)]) == (3001,)


def test_levels():
    levels = Levels([n, x])
    size, late = n * x.shape[0], T.cast(x.sum(), "int64")
    ranges = T.arange(n), T.arange(late)
    asked = {}
    for node in FunctionGraph([n, x], [size, *ranges, x + 1], clone=False).toposort():
        asked[node] = levels.visit(node)
    assert levels[x] == Level.DEVICE
    assert levels[size] == Level.HOST
    assert levels[late] == Level.DEVICE
    # Once it is asked for, it is part of the key, and so known while tracing.
    assert levels[n] == Level.STATIC
    assert [asked[r.owner] for r in ranges] == [([n], []), ([], [late])]
    assert [node for node, found in asked.items() if any(found)] == [r.owner for r in ranges]
