"""Rules that span families of tensor operations. Importing this package registers them."""

from theano.tensor.rewrites import canonicalize, nnet, products, shapes, stabilize
from theano.tensor.rewrites.words import equations, rewrite, vocabulary

__all__ = [
    "canonicalize",
    "equations",
    "nnet",
    "products",
    "rewrite",
    "shapes",
    "stabilize",
    "vocabulary",
]
