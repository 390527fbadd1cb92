"""``RandomStreams`` draws the numbers that Theano 1.0.5 drew.

``data/rs.npz`` holds draws of Theano with floatX float32: keys are ``234.<draw>.<shape>.<dtype>.
call<k>``, for k-th calls of one function on a ``RandomStreams(seed=234)`` of its own; arrays over
4096 values are kept as ``.head`` and ``.sha256``. ``data/random_streams.json`` has what it made of
``oracle/random_table.py``.
"""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.checks import check_raises
from tests.oracle.random_table import DRAWS, INPUTS
from tests.random.test_mrg31k3p import DATA, groups, parse

import theano
from theano import tensor as T
from theano.errors import NullTypeGradError
from theano.options import config
from theano.random.random_streams import RandomStreams
from theano.random.samplers import multinomial_helper, random_integers_helper

RECORDED = dict(np.load(DATA / "rs.npz"))
CASES = json.loads((DATA / "random_streams.json").read_text("utf-8"))

m, low = T.fmatrix("m"), T.fvector("low")
VALUES = {m: np.arange(24, dtype="float32").reshape(4, 6), low: np.arange(4, dtype="float32")}

RECIPES: dict[str, Any] = {
    "uniform": lambda s, n, d: s.uniform(size=n, **d),
    "normal": lambda s, n, d: s.normal(size=n, **d),
    "uniform_low-2_high3": lambda s, n, d: s.uniform(size=n, low=-2.0, high=3.0),
    "normal_avg1.5_std.25": lambda s, n, d: s.normal(size=n, avg=1.5, std=0.25),
    "binomial_n1_p.5": lambda s, n, d: s.binomial(size=n, n=1, p=0.5),
    "binomial_n10_p.3": lambda s, n, d: s.binomial(size=n, n=10, p=0.3),
    "random_integers_0_9": lambda s, n, d: s.random_integers(size=n, low=0, high=9),
    "poisson_lam5": lambda s, n, d: s.poisson(size=n, lam=5),
    "permutation_n10": lambda s, n, d: s.permutation(size=n, n=10),
    "choice_a10": lambda s, n, d: s.choice(size=n, a=10),
    "choice_a10_noreplace": lambda s, n, d: s.choice(size=n, a=10, replace=False),
    "multinomial_n5": lambda s, n, d: s.multinomial(size=n, n=5, pvals=[0.2, 0.3, 0.5]),
    "shuffle_row_elements": lambda s, n, d: s.shuffle_row_elements(m),
    "uniform_low_vector": lambda s, n, d: s.uniform(low=low, high=10.0),
}


@pytest.fixture(autouse=True)
def _float32() -> None:
    """As the recordings were made."""
    config.floatX = "float32"


def same(value: Any, expected: Any) -> None:
    """Compare exactly, but for what another logarithm may change in the last places."""
    value, expected = np.asarray(value), np.asarray(expected)
    assert value.dtype == expected.dtype
    assert value.shape == expected.shape
    if value.dtype.kind == "f":
        np.testing.assert_array_max_ulp(value, expected, maxulp=2)
    else:
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize(
    "draw, shape, dtype", [("234." + g[0], *g[1:]) if False else g for g in groups(RECORDED)]
)
def test_draws_are_theanos(draw: str, shape: str, dtype: str) -> None:
    streams = RandomStreams(seed=234)
    given = {} if dtype == "default" else {"dtype": dtype}
    f = theano.function(list(VALUES), RECIPES[draw.removeprefix("234.")](streams, parse(shape), given), on_unused_input="ignore")
    for call in range(3):
        value = f(*VALUES.values())
        key = f"{draw}.{shape}.{dtype}.call{call}"
        if key in RECORDED:
            same(value, RECORDED[key])
            continue
        same(value.ravel()[:64], RECORDED[key + ".head"])
        if draw != "234.normal":
            assert hashlib.sha256(value.tobytes()).hexdigest() == str(RECORDED[key + ".sha256"])
