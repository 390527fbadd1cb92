"""Programs that ``tests.fuzz`` once found a difference in."""

from __future__ import annotations

from tests.fuzz.batches import differences
from tests.fuzz.programs import Program

KEPT = {
    "a cumulative product through infinity": """
        x0 = given(array("float32", [4.0, nan, 60000.0, 3.0, -inf, inf, 3.0, 2.5, 0.0, -0.0]))
        v1 = T.cumprod(x0)
        v2, = T.grad(T.sum(v1), [x0], disconnected_inputs='ignore')
        result(v2)
    """,
    "an exponential over one that XLA takes for the difference": """
        x0 = given(array("float64", [[60000.0], [-0.5], [nan]]), (False, True))
        v1 = T.nnet.softmax_graph(x0)
        v2 = T.erfc(v1)
        result(v2)
    """,
    "a series that does not end": """
        x0 = given(array("float64", [1.0, -1.3, -1e+30, 0.1]))
        v1 = T.gammainc(abs(x0) + 0.5, abs(x0))
        v2 = T.gammaincc(abs(x0) + 0.5, abs(x0))
        result(v1, v2)
    """,
    "a complex power of zero": """
        x0 = given(array("float32", [0.0]), (True,))
        x1 = given(array("complex64", [(1.1+1.5j)]), (True,))
        v2 = x0 ** x1
        result(v2)
    """,
    "an error that the stabilized form meets alone": """
        x0 = given(array("float64", [0.9, 1e+30, -inf, 0.3, 0.01]))
        v1 = T.nnet.softmax_graph(x0)
        x2 = given(array("bool", [], (0,)))
        v3 = T.set_subtensor(v1[v1 > 0], x2)
        result(v3)
    """,
    "a slice of a new axis": """
        x1 = given(array("uint16", [], (0,)))
        x2 = given(array("int32", 1))
        v3 = x1[None, x2:(x1.shape[0] - 1)]
        result(v3)
    """,
    "a slice of a broadcastable dimension": """
        v4 = given(array("float64", [[-2.0, 0.0, -2.0], [2.0, 2.0, 2.0], [1.0, 1.0, 1.0]]))
        v3 = given(array("int64", [0, 2, 1, 3]))
        v5 = v4[None, 2, (v3[1] - 3):v3[1]:2]
        result(v5)
    """,
    "the sum of floats in an unsigned dtype": """
        v3 = given(array("float32", [[0.0, 1.5, 4.0, -1.0], [0.25, 2.5, -0.5, -3.5]]))
        v7 = T.sum(v3, axis=1, dtype='uint16')
        v8 = T.sum(v3, axis=0, dtype='uint16')
        result(v7, v8)
    """,
    "NaN and infinity times a boolean": """
        x0 = given(array("float64", [1.5, nan, inf, -inf, 2.0]))
        x1 = given(array("bool", [False, False, False, False, True]))
        v2 = T.tril(x0.dimshuffle(0, 'x'), -2)
        result(x0 * x1, x0 * T.gt(x0, 3), x0 * (1 - x1), v2)
    """,
    "a length that an earlier program hands over": """
        x0 = given(array("float32", [[2.0, -1.0, 1.0]]), (True, False))
        x1 = given(array("int32", [[7, 3, 3]]), (True, False))
        v2 = x0 + x1
        v6 = T.nonzero(v2 > 0)[0]
        v9 = x1.reshape((v2.shape[1], v6[0] + 1))
        result(v9)
    """,
    "a length of an empty product after a mask": """
        x0 = given(array("float16", [], (5, 0)))
        x1 = given(array("int16", [2, 4]))
        x5 = given(array("float16", [], (0, 2)))
        v6 = x0.dot(x5)
        v8 = T.set_subtensor(v6[-1:, -1:x1[0]:-1], 4.0)
        v10 = v8[v8 > 0]
        v13 = T.repeat(v10, v6.shape[1], axis=0)
        result(v13)
    """,
    "integer powers of 64 and more": """
        x0 = given(array("int64", [2, 5, 3, -1, 1, -3]))
        x1 = given(array("uint8", [127, 64, 100, 255, 200, 65]))
        x2 = given(array("uint16", [2, 3, 65535]))
        result(x0 ** x1, x2 ** x2, x0 ** -x0)
    """,
    "the logarithm of the exponential of one integer": """
        x0 = given(array("uint8", 1))
        v1 = T.log(T.sum(T.exp(x0)))
        result(v1)
    """,
    "poles and limits of psi and its derivative": """
        x0 = given(array("float32", [-0.0, 0.0, -inf, 1.0, -0.25, inf, nan]))
        x1 = given(array("float64", [-13.625, -3.5, -1.5, -0.875, -999.7, -2.0, -inf]))
        result(T.psi(x0), T.tri_gamma(x0), T.tri_gamma(x1), T.tri_gamma(T.cast(x1, 'float32')))
    """,
    "a root as a power": """
        x0 = given(array("float32", [-inf, -0.0, inf, nan, 4.0, -1.0]))
        x1 = given(array("float64", [-inf, -0.0, inf, nan, 4.0, -1.0]))
        result(x0 ** 0.5, x1 ** 0.5, 1 / x1 ** 0.5)
    """,
    "an incomplete gamma function at infinity": """
        x0 = given(array("float64", [inf, inf, 0.5, inf, nan]))
        x1 = given(array("float64", [1.0, inf, inf, nan, 1.0]))
        result(T.gammainc(x0, x1), T.gammaincc(x0, x1))
    """,
    "the logarithm of a softmax of large numbers": """
        v1 = given(array("float64", [[1e+30, 1e+30], [1e+30, 1e+30], [1e+8, 1e+8]]))
        x2 = given(array("uint8", [0, 0, 1]))
        v3 = -T.mean(T.log(T.nnet.softmax(v1))[T.arange(x2.shape[0]), x2])
        result(v3)
    """,
    "quotients by what is the same for all": """
        x0 = given(array("float64", [49.0, 98.0, 147.0, 41.0, 82.0]))
        x1 = given(array("float32", [49.0, 98.0, 147.0, 41.0, 82.0]))
        x2 = given(array("float64", 49.0))
        v3 = T.floor(x0 / 49.) + T.floor(x0 / x2)
        result(v3, x0 // 49., T.floor(x1 / 41), x1 // 41, x0 / 1e300 / 1e-200)
    """,
    "the mean of integers": """
        x1 = given(array("uint32", [[7, 4], [4, 0], [7, 5]]))
        v3 = T.add(T.mean(x1, axis=0), array("int64", -6), array("bool", True))
        result(v3)
    """,
    "the shape of a number that is chosen": """
        x7 = given(array("uint64", 2))
        v8 = ifelse(T.gt(x7.sum(), 1), x7, x7 * x7)
        v15 = T.arange(v8.size)
        result(v15)
    """,
    "a masked part of a broadcastable dimension": """
        v22 = given(array("float32", [[[1.1, inf]]]), (True, False, False))
        v29 = given(array("bool", [True]))
        result(T.set_subtensor(v22[v29], array("float64", [0.0])), v22[v29])
    """,
    "a length of a part of which one piece is handed over": """
        x2 = given(array("int32", [[1], [2], [5]]))
        x3 = given(array("int16", [-1]))
        x5 = given(array("int32", 0))
        v4 = x2[(x2.shape[1] - 1), x3]
        v6, w61, = T.split(x3, [v4[0], x5], 2, axis=-1)
        result(v6[x5])
    """,
    "what is rounded to few bits in float16": """
        x1 = given(array("float16", [-3.0, 0.25, -3.0, -0.25, 4.0]))
        result(T.complex_from_polar(abs(x1), T.arcsinh(x1)))
    """,
    "negative floats in uint64, and back": """
        x0 = given(array("float16", [[-1.0, -1.5, 60000.0], [1.099609375, -inf, 0.5]]))
        x1 = given(array("float64", [-1.0, 1e19, -1e19, nan, inf, -0.0]))
        result(T.erf(T.cast(x0, 'uint64')), T.cast(T.cast(x1, 'uint64'), 'float64'))
    """,
    "a product of matrices with a term that overflows": """
        x0 = given(array("float32", [[-1.0, 1.0, -1e30], [1.0, 1.0, 1.0]]))
        x1 = given(array("float32", [[2.5, 1e30], [inf, 1.0], [1e30, 1e30]]))
        result(T.dot(x0, x1))
    """,
    "an incomplete gamma function of large numbers": """
        x0 = given(array("float32", [1.1, 60000.0, 0.75, 300.0, 4.0]))
        x1 = given(array("float32", [1.6, 60000.5, 1.25, 310.0, 4.5]))
        result(T.gammainc(x1, x0), T.gammaincc(x1, x0), T.chi2sf(x0, x1), T.gamma(x0))
    """,
    "an operand of a shape that does not fit, which rewriting leaves out": """
        x0 = given(array("float32", [[1.5, -0.7], [-0.5, 4.0]]))
        x1 = given(array("uint16", [5, 2, 1, 2]))
        result(x1 / x0 / x1)
    """,
    "the two sides of the cut of a square root": """
        x0 = given(array("complex64", [(3+0j), (-3+0j), (0.5+0.5j)]))
        result(T.sqrt(-x0), T.sqrt(x0), T.sqrt(T.conj(x0)))
    """,
    "the order of complex numbers with NaN": """
        x0 = given(array("float64", [1.0, 2.5, 3.0, nan]))
        x1 = given(array("float64", [nan, 1.0, -1.0, 1.0]))
        v2 = T.complex(x0, x1)
        result(v2 >= 0, v2 > 2.5, v2 <= 9, v2 < v2, v2 <= v2)
    """,
}


def test_no_difference_comes_back():
    found, counts = differences([Program.of(text) for text in KEPT.values()])
    names = list(KEPT)
    assert not found, "\n".join(f"{names[k]}: {difference}" for k, difference in found.items())
    assert not counts["unstable"]
