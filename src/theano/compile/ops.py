"""``as_op``: an op out of a Python function; and the ops that functions are held together by."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from theano.errors import usage_error
from theano.graph import Apply, Op, Type
from theano.graph.view import DeepCopyOp, OutputGuard, ViewOp, deep_copy_op, view_op

__all__ = [
    "DeepCopyOp",
    "FromFunctionOp",
    "OutputGuard",
    "ViewOp",
    "as_op",
    "deep_copy_op",
    "load_back",
    "view_op",
]


class FromFunctionOp(Op):
    """An op whose ``perform`` is a Python function; see :func:`as_op`.

    It has no gradient. Two of them are equal if their functions are.

    Parameters
    ----------
    fn : callable
        From the values of the inputs to that of the output, or a list or tuple of several.
    itypes, otypes : list of Type
    infer_shape : callable or None
        As ``Op.infer_shape``, without ``self``.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        itypes: Sequence[Type],
        otypes: Sequence[Type],
        infer_shape: Callable[[Apply, Sequence[Any]], Any] | None,
    ) -> None:
        self.fn = fn
        self.itypes = list(itypes)
        self.otypes = list(otypes)
        self.shape_function = infer_shape

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Call the function.

        Raises
        ------
        ValueError
            It returns another number of values than there are outputs.
        """
        results = self.fn(*inputs)
        if not isinstance(results, (list, tuple)):
            results = (results,)
        if len(results) != len(output_storage):
            raise usage_error(
                ValueError,
                f"the function of {self} returned another number of values than it has outputs",
                expected=f"{len(output_storage)}",
                got=f"{len(results)}",
            )
        for cell, value in zip(output_storage, results, strict=True):
            cell[0] = value

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[Any]:
        """Return what the function that was given for it says."""
        if self.shape_function is None:
            return super().infer_shape(node, shapes)
        return list(self.shape_function(node, shapes))

    def __reduce__(self) -> tuple[Any, ...]:
        module, name = self.fn.__module__, self.fn.__name__
        # A decorated function's name means the op, so that pickle would not find the function.
        if getattr(sys.modules.get(module), name, None) is self:
            return load_back, (module, name)
        return type(self), (self.fn, self.itypes, self.otypes, self.shape_function)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.fn == other.fn  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), self.fn))

    def __str__(self) -> str:
        return f"{type(self).__name__}{{{getattr(self.fn, '__name__', self.fn)}}}"


def load_back(module: str, name: str) -> Any:
    """Return what a module calls ``name``."""
    return getattr(importlib.import_module(module), name)


def as_op(
    itypes: Any,
    otypes: Any,
    infer_shape: Callable[[Apply, Sequence[Any]], Any] | None = None,
) -> Callable[[Callable[..., Any]], FromFunctionOp]:
    """Make a decorator that turns a function of arrays into an op.

    The op runs the function on the host, and has no gradient.

    Parameters
    ----------
    itypes, otypes : Type, or list of Type
        Of the inputs and the outputs.
    infer_shape : callable, optional
        ``infer_shape(node, input_shapes)`` returns the shapes of the outputs, each a tuple.

    Raises
    ------
    TypeError
        Something among ``itypes`` or ``otypes`` is no type, or ``infer_shape`` is no function.

    Examples
    --------
    >>> @as_op(itypes=[T.dmatrix], otypes=[T.dscalar])
    ... def log_determinant(x):
    ...     return np.linalg.slogdet(x)[1]
    """
    types = []
    for name, given in (("itypes", itypes), ("otypes", otypes)):
        kinds = list(given) if isinstance(given, (list, tuple)) else [given]
        for kind in kinds:
            if not isinstance(kind, Type):
                raise usage_error(
                    TypeError,
                    f"as_op was given {name} that are no types",
                    expected="a type such as theano.tensor.dmatrix, or a list of them",
                    got=kind,
                )
        types.append(kinds)
    if infer_shape is not None and not callable(infer_shape):
        raise usage_error(
            TypeError,
            "as_op was given an infer_shape that cannot be called",
            expected="a function of a node and the shapes of its inputs",
            got=infer_shape,
        )

    def make_op(fn: Callable[..., Any]) -> FromFunctionOp:
        return FromFunctionOp(fn, types[0], types[1], infer_shape)

    return make_op


expandable_types: tuple[Any, ...] = ()
"""Types besides tensors to which a loop could add a dimension: none."""


def register_view_op_c_code(kind: Any, code: str, version: Any = ()) -> None:
    """Kept for programs that call it: C code is not compiled."""


register_deep_copy_op_c_code = register_view_op_c_code
register_rebroadcast_c_code = register_view_op_c_code
register_shape_c_code = register_view_op_c_code


def register_shape_i_c_code(kind: Any, code: str, check_input: Any, version: Any = ()) -> None:
    """Kept for programs that call it: C code is not compiled."""


def register_specify_shape_c_code(
    kind: Any, code: str, version: Any = (), c_support_code_apply: Any = None
) -> None:
    """Kept for programs that call it: C code is not compiled."""
