"""``RandomFunction`` and the functions that draw from a generator that they are given.

``data/random_streams.json`` has what Theano 1.0.5 made of ``RAW`` in ``oracle/random_table.py``.
"""

from __future__ import annotations

import builtins
import copy
import pickle
from typing import Any

import numpy as np
import pytest
from tests.checks import check_op, check_raises
from tests.oracle.random_table import RAW
from tests.random.test_random_streams import CASES, check_equal_states, check_same

import theano
from theano import tensor as T
from theano.options import config
from theano.random import jumps
from theano.random import raw_random as R
from theano.random.random_function import RandomFunction
from theano.random.samplers import permutation_helper
from theano.tensor.ops.sizes import vector_length

r = R.random_state_type("r")


@pytest.fixture(autouse=True)
def _float32() -> None:
    """As the recordings were made."""
    config.floatX = "float32"


@pytest.mark.parametrize("text", RAW)
def test_draws_are_theanos(text: str) -> None:
    expected = CASES[text]

    def run() -> list[Any]:
        space = {"r": r, "R": T.raw_random, "T": T, "np": np}
        f = theano.function([r], eval(text, space), accept_inplace=True)
        given = np.random.RandomState(5)
        state, first = f(given)
        check_equal_states(given, np.random.RandomState(5))
        return [first, f(state)[1]]

    if "raises" in expected:
        with pytest.raises(getattr(builtins, expected["raises"])):
            run()
        return
    for value, numbers in zip(run(), expected["values"], strict=True):
        check_same(value, np.array(numbers, expected["dtype"]).reshape(expected["shape"]))


def test_an_update_of_the_users_own() -> None:
    generator = theano.shared(np.random.RandomState(3))
    moved_on, numbers = R.normal(generator, (3,))
    f = theano.function([], numbers, updates=[(generator, moved_on)])
    still = theano.function([], numbers)
    own = np.random.RandomState(3)
    np.testing.assert_array_equal(still(), f())
    own.normal(size=3)
    np.testing.assert_array_equal(f(), own.normal(size=3).astype("float32"))
    check_equal_states(generator.get_value(), own)


def test_an_op_is_what_its_function_and_type_are() -> None:
    one = RandomFunction("uniform", T.dvector)
    assert one == RandomFunction("uniform", T.dvector)
    assert hash(one) == hash(RandomFunction("uniform", T.dvector))
    assert one != RandomFunction("uniform", T.dvector, inplace=True)
    assert one != RandomFunction("uniform", T.dmatrix)
    assert str(one) == "RandomFunction{uniform}"
    assert (
        str(RandomFunction(permutation_helper, T.lvector)) == "RandomFunction{permutation_helper}"
    )
    for same in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert same == one
        assert same.exec_fn is np.random.RandomState.uniform
    assert RandomFunction("uniform", T.dvector, inplace=True).destroy_map == {0: [0]}


def test_shapes_are_told_where_the_size_is() -> None:
    n = T.lscalar("n")
    node = R.uniform(r, (n, 3))[1].owner
    f = theano.function([n], node.op.infer_shape(node, [None, (1,), (), ()])[1])
    np.testing.assert_array_equal(f(2), [2, 3])
    for outputs, shape in ((R.uniform(r), ()), (R.permutation(r, (n,), 3), None)):
        node = outputs[1].owner
        assert node.op.infer_shape(node, [None] * len(node.inputs)) == [None, shape]


def test_sizes_are_inferred() -> None:
    v, m, lengths = T.fvector(), T.fmatrix(), T.lvector()
    for arguments, ndim, pattern in [
        ((None, (2, 1)), 2, (False, True)),
        ((2, lengths), 2, (False, False)),
        ((None, None, v, m), 2, (False, False)),
        ((None, (1, -1), v), 2, (True, False)),
        ((None, ()), 0, ()),
    ]:
        found, size, flags = T.raw_random._infer_ndim_bcast(*arguments)
        assert (found, size.type.dtype, flags) == (ndim, "int64", pattern)
        assert vector_length(size) in (ndim, None)


@pytest.mark.parametrize(
    ("draw", "kind", "texts"),
    [
        (lambda: R.uniform(T.fvector(), (2,)), TypeError, ["random_state_type"]),
        (lambda: R.uniform(np.random.RandomState(1), (2,)), TypeError, ["random_state_type"]),
        (lambda: R.uniform(r, (2, 3), ndim=3), ValueError, ["ndim=3", "2 lengths"]),
        (lambda: R.uniform(r, (-2,)), ValueError, ["negative length", "-2 as length 0 of 1"]),
        (lambda: R.uniform(r, 5), TypeError, ["no shape", "got:      5"]),
        (lambda: R.uniform(r, T.lvector("n")), ValueError, ["not known", "give it: ndim="]),
        (lambda: R.uniform(r, (2,), low=T.fmatrix()), ValueError, ["at least 2 dimensions"]),
        (lambda: R.poisson(r), TypeError, ["without a size"]),
        (lambda: R.permutation(r, n=3, ndim=2), TypeError, ["how many permutations"]),
        (lambda: R.multinomial(r, pvals=0.5), ValueError, ["row of chances"]),
        (lambda: RandomFunction("uniform", T.fvector)(r, [2.5]), TypeError, ["takes a shape"]),
    ],
)
def test_errors_while_building(draw: Any, kind: Any, texts: list[str]) -> None:
    with check_raises(kind, *texts):
        draw()


@pytest.mark.parametrize(
    ("outputs", "kind", "texts"),
    [
        (RandomFunction("uniform", T.fvector)(r, [2, 3]), ValueError, ["1 lengths", "(2, 3)"]),
        (R.multinomial(r, n=2, pvals=[0.9, 0.9]), AssertionError, ["sums to 1.8"]),
        (R.multinomial(r, n=2, pvals=[1.9, -0.9]), AssertionError, ["from 0 up"]),
        (R.multinomial(r, (3,), pvals=[[0.5, 0.5]] * 2), ValueError, ["`pvals`", "(2,)"]),
        (R.random_integers(r, (2,), low=[1, 2, 3]), ValueError, ["`low`", "(3,)"]),
        (R.choice(r, (2,), a=T.zeros((2, 2))), ValueError, ["a of shape (2, 2)"]),
        (R.permutation(r, (2,), n=[2, 3]), ValueError, ["n: a number", "shape (2,)"]),
    ],
)
def test_errors_while_running(outputs: Any, kind: Any, texts: list[str]) -> None:
    f = theano.function([r], outputs)
    given = np.random.RandomState(5)
    with check_raises(kind, *texts):
        f(given)
    check_equal_states(given, np.random.RandomState(5))


# From Theano 1.0.5.
STATE = np.array([1, 2, 3, 4, 5, 2000000000], "int32")
NEXT_SUBSTREAM = [236336504, 1630064008, 1151274174, 678416583, 343964543, 1338963900]
NEXT_STREAM = [1782355199, 180881799, 960068827, 1302785060, 878819117, 1816779326]


@pytest.mark.parametrize(
    ("jump", "a", "b", "expected"),
    [
        (jumps.ff_2p72, jumps.A1p72, jumps.A2p72, NEXT_SUBSTREAM),
        (jumps.ff_2p134, jumps.A1p134, jumps.A2p134, NEXT_STREAM),
    ],
    ids=["2p72", "2p134"],
)
def test_jumps_of_mrg_streams(jump: Any, a: Any, b: Any, expected: list[int]) -> None:
    ahead = np.array(expected, "int32")
    check_same(jump(STATE), ahead)
    check_same(jumps.multMatVect(STATE, a, jumps.M1, b, jumps.M2), ahead)
    moduli = np.int32(jumps.M1), np.int32(jumps.M2)
    check_op(jumps.DotModulo(), [a, STATE[:3], moduli[0], b, STATE[3:], moduli[1]], ahead)
