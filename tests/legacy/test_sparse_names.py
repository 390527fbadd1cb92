"""What programs ask of theano.sparse before they go on with dense tensors."""

from __future__ import annotations

import pytest
from tests.checks import check_raises

import theano
import theano.sparse
import theano.tensor as T
from theano.sparse.basic import _is_sparse_variable


def test_every_variable_is_dense():
    x = T.matrix("x")
    assert not theano.sparse.enable_sparse
    assert not _is_sparse_variable(x)
    assert not isinstance(x.type, theano.sparse.SparseType)
    assert not isinstance(T.constant(1), theano.sparse.basic.SparseVariable)
    assert theano.sparse.type.SparseType is theano.sparse.SparseType


def test_what_makes_a_sparse_one_says_that_it_cannot_be_made():
    with check_raises(NotImplementedError, "sparse matrices are not part", "fix:", "dense tensors"):
        theano.sparse.SparseType("csr", "float32")
    with check_raises(NotImplementedError, "sparse matrices are not part", "fix:", "dense tensors"):
        theano.sparse.SparseVariable(None)


@pytest.mark.parametrize("name", ["csr_matrix", "dot", "sandbox"])
def test_other_names_have_advice(name):
    assert not hasattr(theano.sparse, name)
    with check_raises(AttributeError, f"theano.sparse.{name} is not part", "fix:", "dense tensors"):
        getattr(theano.sparse, name)
    with check_raises(ImportError, f"theano.sparse.{name} is not part", "fix:", "dense tensors"):
        exec(f"from theano.sparse import {name}")
