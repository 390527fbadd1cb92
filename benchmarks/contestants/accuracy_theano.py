"""The functions of ``accuracy_cases.py`` as a Theano user writes them. Runs on Python 3.7."""

from __future__ import annotations

from typing import Any

import theano
import theano.tensor

T: Any = theano.tensor
VERSIONS = {"theano": theano.__version__}

FUNCTIONS = {
    "softmax": T.nnet.softmax,
    "log_softmax": lambda x: T.log(T.nnet.softmax(x)),
    "logsumexp": lambda x: T.log(T.sum(T.exp(x), axis=1)),
    "sigmoid": T.nnet.sigmoid,
    "log_sigmoid": lambda x: T.log(T.nnet.sigmoid(x)),
    "softplus": T.nnet.softplus,
    "log1p": T.log1p,
    "expm1": T.expm1,
    "erf": T.erf,
    "erfc": T.erfc,
    "erfcx": T.erfcx,
    "erfinv": T.erfinv,
    "erfcinv": T.erfcinv,
    "gammaln": T.gammaln,
    "psi": T.psi,
}


def compute(name, x):
    """The values and the gradient of their sum, of the first column's if they are a matrix."""
    v = T.TensorType(x.dtype.name, [False] * x.ndim)("x")
    z = FUNCTIONS[name](v)
    cost = z[:, 0].sum() if z.ndim == 2 else z.sum()
    return theano.function([v], [z, theano.grad(cost, v)])(x)
