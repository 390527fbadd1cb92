"""Random expressions: rewriting keeps type and value wherever there was a value."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.tensor.rewrites.rewriting import rewritten, values

from theano import grad
from theano import tensor as T
from theano.graph import FunctionGraph
from theano.tensor.ops.elementwise import fill

SHAPE = (3, 4)
DTYPES = ["float64", "float64", "float64", "float32", "int64", "uint8", "bool"]
PATTERNS = [(False, False), (False, False), (True, False), (False, True), (True, True)]

UNARY = [
    T.exp,
    T.log,
    T.log1p,
    T.nnet.sigmoid,
    T.nnet.softplus,
    T.neg,
    T.inv,
    lambda x: x - x.max(axis=1, keepdims=True),
    lambda x: x / x.sum(axis=1).dimshuffle(0, "x"),
    lambda x: x.sum(axis=0, keepdims=True),
    lambda x: T.log(T.exp(x).sum(axis=1, keepdims=True)),
    lambda x: T.exp(x) / T.exp(x).sum(axis=0, keepdims=True),
    lambda x: x.dimshuffle(0, "x", 1).dimshuffle(0, 2),
    T.ones_like,
    T.zeros_like,
]
BINARY = [T.add, T.sub, T.mul, T.true_div, T.mul, T.true_div, fill, T.maximum]
NUMBERS = [0, 1, -1, 2, 1.0, np.float32(1), np.uint8(1), np.bool_(True), 0.5]

step = st.tuples(st.integers(0, 2), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))


@st.composite
def programs(draw, dtypes=DTYPES):
    """Inputs and an output of a random expression of matrices."""
    inputs = [
        T.TensorType(draw(st.sampled_from(dtypes)), draw(st.sampled_from(PATTERNS)))(f"x{k}")
        for k in range(3)
    ]
    pool = list(inputs)
    for kind, which, i, j in draw(st.lists(step, min_size=1, max_size=8)):
        x, y = pool[-1 - i % min(3, len(pool))], pool[-1 - j % len(pool)]
        try:
            if kind == 0:
                new = UNARY[which % len(UNARY)](x)
            elif kind == 1:
                new = BINARY[which % len(BINARY)](*((x, y) if which % 3 else (y, x)))
            else:
                number = NUMBERS[j % len(NUMBERS)]
                operands = (x, number) if i % 2 else (number, x)
                new = BINARY[which % 6](*operands)
        except TypeError:  # booleans have no difference, for instance
            continue
        pool.append(new)
    return inputs, pool[-1]


def data(inputs, seed):
    rng = np.random.default_rng(seed)

    def lengths(x):
        return [1 if b else n for n, b in zip(SHAPE, x.broadcastable, strict=True)]

    return [np.asarray(rng.uniform(0.5, 2.5, lengths(x)), x.dtype) for x in inputs]


@settings(max_examples=400, deadline=None)
@given(programs(), st.integers(0, 3))
def test_type_and_value_are_kept(program, seed):
    inputs, output = program
    arguments = data(inputs, seed)
    (before,) = values(FunctionGraph(inputs, [output]), arguments)
    fgraph, _ = rewritten(inputs, [output])
    assert fgraph.outputs[0].type == output.type
    (after,) = values(fgraph, arguments)
    assert after.shape == before.shape
    if before.dtype.kind not in "fc":
        np.testing.assert_array_equal(after, before)
        return
    finite = np.isfinite(before) & (np.abs(before) < 1e6)
    # What single precision rounds away before it cancels is no fault of the rules.
    narrow = any(
        getattr(v.type, "dtype", "") in ("float16", "float32")
        for v in FunctionGraph(inputs, [output]).variables
    )
    tolerance = 2e-2 if narrow else 1e-6
    np.testing.assert_allclose(after[finite], before[finite], rtol=tolerance, atol=tolerance)


@settings(max_examples=150, deadline=None)
@given(programs(dtypes=["float64"]), st.integers(0, 3))
def test_gradients_are_kept(program, seed):
    inputs, output = program
    wrt = inputs[0]
    (gradient,) = grad(output.sum(), [wrt], disconnected_inputs="ignore")
    arguments = data(inputs, seed)
    (before,) = values(FunctionGraph(inputs, [gradient]), arguments)
    assume(np.isfinite(before).all() and np.abs(before).max() < 1e6)
    fgraph, _ = rewritten(inputs, [gradient])
    np.testing.assert_allclose(values(fgraph, arguments)[0], before, rtol=1e-6, atol=1e-6)
