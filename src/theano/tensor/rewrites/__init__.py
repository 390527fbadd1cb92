"""Rules that span families of tensor operations. Importing this package registers them."""

from theano.tensor.rewrites import canonicalize, nnet, parts, products, shapes, stabilize
from theano.tensor.rewrites.words import equations, rewrite, vocabulary

__all__ = [
    "canonicalize",
    "equations",
    "nnet",
    "parts",
    "products",
    "rewrite",
    "shapes",
    "stabilize",
    "vocabulary",
]
