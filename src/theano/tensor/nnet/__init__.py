"""``theano.tensor.nnet``: operations that neural networks are made of."""

from theano.tensor.nnet.activation import relu
from theano.tensor.nnet.crossentropy import binary_crossentropy, categorical_crossentropy
from theano.tensor.nnet.softmaxes import softmax
from theano.tensor.ops.elementwise import FUNCTIONS

sigmoid = FUNCTIONS["sigmoid"]
softplus = FUNCTIONS["softplus"]

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
]
