"""What the names in patterns of tensor rules mean.

Every elementwise function goes by its own name. Beyond them:

* ``sum(x, axis)`` and ``max(x, axis)`` are reductions; ``axis`` is a tuple, never negative;
* ``sum_kept(x, axis)`` and ``max_kept(x, axis)`` have the reduced axes put back with length 1, be
  it through ``keepdims`` or a dimshuffle;
* ``logsumexp(x, axis)`` and ``logsumexp_kept(x, axis)`` likewise;
* ``softmax(x)`` and ``logsoftmax(x)`` are the ops, over the rows of a matrix.

A number stands for a constant with one element of that value, of any rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.graph import Apply, Constant, Variable
from theano.rewriting import Vocabulary
from theano.scalar.type import FLOAT_DTYPES
from theano.tensor.conversion import constant
from theano.tensor.elemwise import DimShuffle
from theano.tensor.nnet.softmaxes import LogSoftmax, Softmax
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.careduce import AccumulatingReduce, Max, Sum, normalize_axes, restore_axes
from theano.tensor.ops.logsumexp import LogSumExp
from theano.tensor.type import TensorType


class TensorVocabulary(Vocabulary):
    """Patterns over tensors. A rule's result has exactly the type of what it replaces."""

    def is_number(self, variable: Variable, value: object) -> bool:
        """Whether ``variable`` is a constant of one element, ``value``, perhaps put to a rank."""
        while variable.owner is not None and isinstance(variable.owner.op, DimShuffle):
            variable = variable.owner.inputs[0]
        return (
            isinstance(variable, Constant)
            and isinstance(variable.type, TensorType)
            and variable.data.size == 1
            and variable.data.item() == value
        )

    def number(self, value: object, like: Variable) -> Variable | None:
        """Return a constant, where ``like`` has one element; a shape would have to be invented."""
        if not all(broadcastable(like)):
            return None
        number: Variable = constant(value, ndim=len(broadcastable(like)), dtype=dtype_of(like))
        return number

    def fit(self, new: Variable, old: Variable) -> Variable | None:
        """Return ``new`` if it is of the type of ``old``, else None.

        Nothing is converted: a variable that is known to have length 1 somewhere would pass for
        one of any length, and lose the repetition that the old one had.
        """
        return new if new.type == old.type else None

    def regroups(self, part: Variable, whole: Variable) -> bool:
        """Whether ``part`` is computed in the dtype of ``whole``."""
        return dtype_of(part) == dtype_of(whole)


def dtype_of(x: Variable) -> str:
    """Return the dtype of a tensor variable; "" for a variable of another kind."""
    return x.type.dtype if isinstance(x.type, TensorType) else ""


def broadcastable(x: Variable) -> tuple[bool, ...]:
    """Return the broadcastable pattern of a tensor variable."""
    return x.type.broadcastable if isinstance(x.type, TensorType) else ()


def as_result(x: Variable, node: Apply) -> Variable | None:
    """Return ``x`` cast to the dtype of the output of ``node``; None if its shape may differ.

    For operands of an elementwise node only, which are computed in that dtype anyway.
    """
    output = node.outputs[0]
    if broadcastable(x) != broadcastable(output):
        return None
    cast: Variable = ew.cast(x, dtype_of(output))
    return cast


def plain_axes(node: Apply) -> Sequence[Any] | None:
    """Return the input and the axes of a reduction that states no dtypes of its own."""
    op = node.op
    if isinstance(op, AccumulatingReduce) and (op.dtype, op.acc_dtype) != (None, None):
        return None
    (x,) = node.inputs
    return x, normalize_axes(op.axis, x.type.ndim)  # type: ignore[attr-defined]


def kept_axes(node: Apply, reduction: type) -> Sequence[Any] | None:
    """Return the input and the axes of a reduction whose axes ``node``, a dimshuffle, puts back."""
    inner = node.inputs[0].owner
    operands = plain_axes(inner) if inner is not None and isinstance(inner.op, reduction) else None
    if operands is None:
        return None
    x, axes = operands
    kept = iter(range(x.type.ndim - len(axes)))
    restoring = tuple("x" if i in axes else next(kept) for i in range(x.type.ndim))
    return operands if node.op.new_order == restoring else None  # type: ignore[attr-defined]


def negative_of_float(x: Any) -> Any:
    """Return ``-x``; None for integers, of which the negative may overflow."""
    return -x if x.type.dtype in FLOAT_DTYPES else None


def define_reduction(vocabulary: Vocabulary, name: str, reduction: type) -> None:
    """Give ``name(x, axis)`` and ``name_kept(x, axis)`` a meaning."""

    def kept(node: Apply) -> Sequence[Any] | None:
        return kept_axes(node, reduction)

    def build(x: Any, axis: tuple[int, ...]) -> Any:
        return reduction(axis)(x)

    def build_kept(x: Any, axis: tuple[int, ...]) -> Any:
        return restore_axes(reduction(axis)(x), axis, x.type.ndim)

    vocabulary.define(name, reduction, operands=plain_axes, build=build)
    vocabulary.define(f"{name}_kept", DimShuffle, operands=kept, build=build_kept)


def tensor_vocabulary() -> TensorVocabulary:
    """Return the words for the operations of the language."""
    words = TensorVocabulary()
    for name, function in ew.FUNCTIONS.items():
        scalar_op = function.scalar_op
        words.define(
            name,
            function,
            build=negative_of_float if name == "neg" else function,
            commutative=scalar_op.commutative,
            associative=scalar_op.associative and scalar_op.nin < 0,
        )
    define_reduction(words, "sum", Sum)
    define_reduction(words, "max", Max)
    define_reduction(words, "logsumexp", LogSumExp)
    words.define("softmax", Softmax, build=Softmax())
    words.define("logsoftmax", LogSoftmax, build=LogSoftmax())
    return words


vocabulary = tensor_vocabulary()
rewrite = vocabulary.rewrite
equations = vocabulary.equations
