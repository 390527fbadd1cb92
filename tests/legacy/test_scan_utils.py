"""Helpers of ``theano.scan_module.scan_utils``."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano.scan_module import scan_utils

x, y = T.dvectors("x", "y")


def test_equal_computations():
    assert scan_utils.equal_computations([x + 1, x], [y + 1, y], [x], [y])
    assert not scan_utils.equal_computations([x + 1], [y + 2], [x], [y])
    assert not scan_utils.equal_computations([x + 1], [y + 1])
    with pytest.raises(ValueError, match="argument 2 is longer"):
        scan_utils.equal_computations([x], [x, x])


def test_new_variables():
    new = scan_utils.safe_new(x, "_copy")
    assert (new.name, new.type) == ("x_copy", x.type)
    assert scan_utils.safe_new(x, dtype="float32").type.dtype == "float32"
    constant = T.constant(2.0)
    assert scan_utils.safe_new(constant) is constant


def test_expand_empty():
    grown = theano.function([x], scan_utils.expand_empty(x, 2))([1, 2, 3])
    assert grown.shape == (5,)
    np.testing.assert_array_equal(grown[:3], [1, 2, 3])
    assert scan_utils.expand_empty(x, 0) is x


def test_what_a_step_returned():
    w = theano.shared(1.0)
    condition, outputs, updates = scan_utils.get_updates_and_outputs(
        ([x + 1], {w: w * 2}, scan_utils.until(x.sum() > 3))
    )
    assert isinstance(condition, scan_utils.until)
    assert len(outputs) == 1
    assert list(updates) == [w]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, True), (np.nan, True), (-np.inf, True), (0.0, False), ("nan", False), (x, False)],
    ids=["None", "nan", "inf", "number", "text", "variable"],
)
def test_missing_and_not_finite(value, expected):
    assert scan_utils.isNaN_or_Inf_or_None(value) is expected
