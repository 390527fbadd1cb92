"""What Python 2 does where Python 3 does otherwise with the same syntax.

:class:`Python2Semantics` turns such syntax into calls of the functions here, which programs find
among their builtins under the names in :data:`HELPERS`.
"""

from __future__ import annotations

import ast
import codecs
import functools
import numbers
import operator
from collections.abc import Callable
from typing import Any

import numpy as np


def is_whole(value: Any) -> bool:
    """Whether Python 2 divides a value as an integer: a number, an array or a tensor variable."""
    if isinstance(value, numbers.Integral):
        return True
    dtype = getattr(value, "dtype", None)
    if dtype is None or isinstance(value, type):
        return False
    if isinstance(dtype, np.dtype):
        return dtype.kind in "iub"
    return str(dtype).startswith(("int", "uint", "bool"))


def divide(a: Any, b: Any) -> Any:
    """``a / b`` of Python 2: floored where both sides are integers."""
    if is_whole(a) and is_whole(b):
        return a // b
    if not hasattr(type(a), "__truediv__") and hasattr(type(a), "__div__"):
        return a.__div__(b)
    if not hasattr(type(b), "__rtruediv__") and hasattr(type(b), "__rdiv__"):
        return b.__rdiv__(a)
    return a / b


def divide_in_place(a: Any, b: Any) -> Any:
    """Return what ``a`` is after ``a /= b``."""
    if is_whole(a) and is_whole(b):
        return operator.ifloordiv(a, b)
    if not hasattr(type(a), "__truediv__"):
        for method in ("__idiv__", "__div__"):
            if hasattr(type(a), method):
                return getattr(a, method)(b)
    return operator.itruediv(a, b)


def divide_item(container: Any, index: Any, b: Any) -> None:
    """``container[index] /= b``."""
    container[index] = divide_in_place(container[index], b)


def decode(value: Any, *args: Any, **kwargs: Any) -> Any:
    """``value.decode(...)``: text, which Python 2 might have held as bytes, stays what it is."""
    if isinstance(value, str):
        encoding = args[0] if args else kwargs.get("encoding", "ascii")
        if encoding in ("hex", "base64", "zlib", "bz2"):
            return decode_bytes(value.encode("latin-1"), encoding)
        return value
    return value.decode(*args, **kwargs)


def decode_bytes(value: bytes, encoding: str) -> str:
    """Undo a codec from bytes to bytes, as text of those bytes."""
    plain: Any = codecs.decode(value, encoding)
    return str(plain.decode("latin-1"))


def to_bytes(value: Any) -> Any:
    """``value.tostring()``, which arrays and images call ``tobytes`` today."""
    return value.tostring() if hasattr(value, "tostring") else value.tobytes()


def sort(value: Any, *args: Any, **kwargs: Any) -> Any:
    """``value.sort(...)``, where the first argument of a list's may be a comparison."""
    if isinstance(value, list):
        return value.sort(**sort_keywords(args, kwargs))  # type: ignore[func-returns-value]
    return value.sort(*args, **kwargs)


def sort_keywords(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Turn ``(cmp, key, reverse)`` into what ``sorted`` takes today."""
    given = {**dict(zip(("cmp", "key", "reverse"), args, strict=False)), **kwargs}
    compare: Callable[[Any, Any], int] | None = given.pop("cmp", None)
    if compare is not None:
        by_value = functools.cmp_to_key(compare)
        key = given.get("key")
        given["key"] = by_value if key is None else lambda item: by_value(key(item))
    return given


HELPERS: dict[str, Any] = {
    "__divide__": divide,
    "__divide_in_place__": divide_in_place,
    "__divide_item__": divide_item,
    "__decode__": decode,
    "__to_bytes__": to_bytes,
    "__sort__": sort,
}
METHODS = {"decode": "__decode__", "tostring": "__to_bytes__", "sort": "__sort__"}


class Python2Semantics(ast.NodeTransformer):
    """Replaces ``/``, ``/=``, ``raise "text"`` and some methods by what Python 2 makes of them.

    Parameters
    ----------
    true_division : bool
        Whether the program imports ``division`` from ``__future__``.
    """

    def __init__(self, true_division: bool):
        self.true_division = true_division

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """``a / b``."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or self.true_division:
            return node
        if has_float(node.left) or has_float(node.right):
            return node
        return call("__divide__", node, node.left, node.right)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """``a /= b``, ``a[i] /= b`` and ``a.x /= b``."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or self.true_division or has_float(node.value):
            return node
        target = node.target
        if isinstance(target, ast.Subscript):
            index = as_value(target.slice)
            done: ast.stmt = ast.Expr(
                call("__divide_item__", node, target.value, index, node.value)
            )
        else:
            # A name, or an attribute whose owner is evaluated twice.
            now = ast.parse(ast.unparse(target), mode="eval").body
            done = ast.Assign([target], call("__divide_in_place__", node, now, node.value))
        return ast.fix_missing_locations(ast.copy_location(done, node))

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """``raise "text"``."""
        self.generic_visit(node)
        raised = node.exc
        if isinstance(raised, ast.Constant) and isinstance(raised.value, str):
            node.exc = call("Exception", raised, raised)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``value.decode(...)``, ``value.tostring()``, ``value.sort(compare)``."""
        self.generic_visit(node)
        method = node.func
        if not isinstance(method, ast.Attribute) or method.attr not in METHODS:
            return node
        if method.attr == "sort" and not (
            node.args or any(keyword.arg == "cmp" for keyword in node.keywords)
        ):
            return node
        done = call(METHODS[method.attr], node, method.value, *node.args)
        done.keywords = node.keywords
        return done


def call(function: str, where: ast.AST, *arguments: ast.expr) -> ast.Call:
    """Return a call that stands where a node stood."""
    made = ast.Call(ast.Name(function, ast.Load()), list(arguments), [])
    for part in (made, made.func):
        ast.copy_location(part, where)
    return made


def has_float(node: ast.expr) -> bool:
    """Whether one side of a division is a float as it is written."""
    if isinstance(node, ast.UnaryOp):
        return has_float(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, float | complex)


def as_value(index: ast.expr) -> ast.expr:
    """Return an index with slices as calls of ``slice``, which stand anywhere."""
    if isinstance(index, ast.Slice):
        bounds = [
            ast.copy_location(ast.Constant(None), index) if bound is None else bound
            for bound in (index.lower, index.upper, index.step)
        ]
        return call("slice", index, *bounds)
    if isinstance(index, ast.Tuple):
        index.elts = [as_value(part) for part in index.elts]
    return index
