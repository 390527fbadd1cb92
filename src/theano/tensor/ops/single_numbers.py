"""Between symbolic numbers and 0-d tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.scalar.op import as_scalar
from theano.scalar.type import DISCRETE_DTYPES, Scalar
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.type import TensorType

__all__ = ["ScalarFromTensor", "TensorFromScalar", "scalar_from_tensor", "tensor_from_scalar"]


class TensorFromScalar(Op):
    """A number as a 0-d tensor of its dtype."""

    __props__ = ()

    def make_node(self, s: Any) -> Apply:
        s = as_scalar(s)
        return Apply(self, [s], [TensorType(s.type.dtype, ())()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(inputs[0])

    def infer_shape(self, node, shapes):
        return [()]

    def L_op(self, inputs, outputs, output_grads):
        (s,), (g_z,) = inputs, output_grads
        if s.type.dtype in DISCRETE_DTYPES:
            return [s.zeros_like("float64")]
        return [scalar_from_tensor(g_z)]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0])]


class ScalarFromTensor(Op):
    """A 0-d tensor as a number of its dtype."""

    __props__ = ()

    def make_node(self, t: Any) -> Apply:
        t = as_tensor_variable(t)
        if t.type.ndim:
            raise usage_error(TypeError, "only a 0-d tensor is a number", got=t)
        return Apply(self, [t], [Scalar(t.type.dtype)()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][()]

    def infer_shape(self, node, shapes):
        return [()]

    def L_op(self, inputs, outputs, output_grads):
        return [tensor_from_scalar(output_grads[0])]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0])]


tensor_from_scalar = TensorFromScalar()
scalar_from_tensor = ScalarFromTensor()
TensorType.number_of = staticmethod(scalar_from_tensor)
Scalar.tensor_of = staticmethod(tensor_from_scalar)
