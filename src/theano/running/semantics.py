"""What Python 2 does where Python 3 does otherwise with the same syntax.

:class:`theano.running.syntax.Python2Semantics` turns such syntax into calls of the functions here,
which programs find among their builtins under the names in :data:`HELPERS`.
"""

from __future__ import annotations

import codecs
import functools
import numbers
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

CODECS_OF_BYTES = frozenset({"hex", "base64", "zlib", "bz2"})
PLAIN = (type(None), str, bytes, list, tuple, dict, np.generic)


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
        if encoding in CODECS_OF_BYTES:
            return through_codec(codecs.decode, value.encode("latin-1"), encoding)
        return value
    return value.decode(*args, **kwargs)


def encode(value: Any, *args: Any, **kwargs: Any) -> Any:
    """``value.encode(...)``: text without what the encoding has not, as strings are text here."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        return value.encode(*args, **kwargs)
    encoding = args[0] if args else kwargs.get("encoding", "utf-8")
    if encoding in CODECS_OF_BYTES:
        return through_codec(codecs.encode, value.encode("utf-8", "surrogateescape"), encoding)
    if codecs.lookup(encoding).name == "utf-8":
        return value
    return value.encode(*args, **kwargs).decode(encoding)


def through_codec(codec: Callable[[Any, str], Any], value: bytes, encoding: str) -> str:
    """Apply a codec from bytes to bytes, and return the bytes as text."""
    return str(codec(value, encoding).decode("latin-1"))


def text(value: Any, encoding: str = "ascii", errors: str = "strict") -> str:
    """``unicode(value, encoding)``."""
    return value if isinstance(value, str) else str(value, encoding, errors)


def translate(value: Any, table: Any, deleted: Any = "") -> Any:
    """``value.translate(table, deleted)``."""
    if not isinstance(value, str):
        return value.translate(table, deleted)
    kept = "".join(letter for letter in value if letter not in deleted)
    return kept if table is None else kept.translate(table)


def message(value: Any) -> Any:
    """``value.message``, which exceptions had."""
    if isinstance(value, BaseException) and not hasattr(value, "message"):
        return value.args[0] if len(value.args) == 1 else ""
    return value.message


def to_bytes(value: Any) -> Any:
    """``value.tostring()``, which arrays and images call ``tobytes`` today."""
    return value.tostring() if hasattr(value, "tostring") else value.tobytes()


def ordered(test: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a comparison that has an order for values of different types.

    None is the least, then come numbers, then the others by the names of their types.
    """

    def compared(a: Any, b: Any) -> Any:
        try:
            return test(a, b)
        except TypeError:
            if not (has_rank(a) and has_rank(b)) or rank(a) == rank(b):
                raise
            return test(rank(a), rank(b))

    return compared


def has_rank(value: Any) -> bool:
    """Whether a value is of Python's own types."""
    return isinstance(value, (*PLAIN, numbers.Real))


def rank(value: Any) -> tuple[int, str]:
    """Return where a type stands in the order of types."""
    if value is None:
        return 0, ""
    if isinstance(value, numbers.Real):
        return 1, ""
    return 2, type(value).__name__


less, less_or_equal = ordered(operator.lt), ordered(operator.le)
greater, greater_or_equal = ordered(operator.gt), ordered(operator.ge)


def compare(a: Any, b: Any) -> int:
    """``cmp``: negative, zero or positive."""
    return int(bool(greater(a, b))) - int(bool(less(a, b)))


def sort(value: Any, *args: Any, **kwargs: Any) -> Any:
    """``value.sort(...)``, where the first argument of a list's may be a comparison."""
    if isinstance(value, list):
        return value.sort(**sort_keywords(args, kwargs))  # type: ignore[func-returns-value]
    return value.sort(*args, **kwargs)


def sort_keywords(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Turn ``(cmp, key, reverse)`` into what ``sorted`` takes today."""
    given = {**dict(zip(("cmp", "key", "reverse"), args, strict=False)), **kwargs}
    comparison: Callable[[Any, Any], int] | None = given.pop("cmp", None)
    if comparison is not None:
        by_value = functools.cmp_to_key(comparison)
        key = given.get("key")
        given["key"] = by_value if key is None else lambda item: by_value(key(item))
    return given


def with_old_methods(made: type) -> type:
    """Give a class what Python 3 calls instead of its ``__cmp__``, ``__getslice__`` and the like.

    Parameters
    ----------
    made : type
        A class that has one of :data:`OLD_METHODS`.
    """
    own = vars(made)
    if "__cmp__" in own:
        for name in ("lt", "le", "gt", "ge", "eq", "ne"):
            test = getattr(operator, name)
            if f"__{name}__" not in own:
                setattr(
                    made,
                    f"__{name}__",
                    lambda self, other, test=test: test(self.__cmp__(other), 0),
                )
    if "__unicode__" in own and "__str__" not in own:
        made.__str__ = own["__unicode__"]  # type: ignore[method-assign]
    if "__getslice__" in own:
        item = getattr(made, "__getitem__", None)

        def get(self: Any, index: Any) -> Any:
            if isinstance(index, slice) and index.step is None:
                start, stop, _ = index.indices(len(self)) if hasattr(self, "__len__") else (
                    index.start or 0, 2**63 - 1 if index.stop is None else index.stop, 1
                )  # fmt: skip
                return self.__getslice__(start, stop)
            if item is None:
                raise TypeError(f"{type(self).__name__!r} object has no attribute '__getitem__'")
            return item(self, index)

        setattr(made, "__getitem__", get)  # noqa: B010 - mypy knows no such attribute of a class
    return made


def as_index(index: Any) -> Any:
    """Return an index; a list that has slices among its parts as a tuple.

    Until NumPy 1.23 that is what arrays took such a list for.
    """
    if type(index) is list and any(isinstance(part, PARTS_OF_INDICES) for part in index):
        return tuple(index)
    return index


def array_maker(function: Any) -> Any:
    """Return a function; one of NumPy's that make arrays so that rows of any lengths are taken.

    Until NumPy 1.23 they became an array of objects where no type was asked for.
    """
    return next((new for old, new in RAGGED if function is old), function)


def ragged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a maker of arrays that makes one of objects where nothing else will do."""

    @functools.wraps(function)
    def make(rows: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(rows, *args, **kwargs)
        except ValueError as error:
            typed = args or kwargs.get("dtype") is not None
            if typed or "inhomogeneous shape" not in str(error):
                raise
        return function(rows, **{**kwargs, "dtype": object})

    return make


RAGGED = [(function, ragged(function)) for function in (np.array, np.asarray)]
PARTS_OF_INDICES = (slice, type(None), type(...))
OLD_METHODS = frozenset({"__cmp__", "__getslice__", "__unicode__"})
HELPERS: dict[str, Any] = {
    "__decode__": decode,
    "__divide__": divide,
    "__divide_in_place__": divide_in_place,
    "__divide_item__": divide_item,
    "__encode__": encode,
    "__greater__": greater,
    "__greater_or_equal__": greater_or_equal,
    "__less__": less,
    "__less_or_equal__": less_or_equal,
    "__message__": message,
    "__sort__": sort,
    "__text__": text,
    "__to_bytes__": to_bytes,
    "__translate__": translate,
    "__with_old_methods__": with_old_methods,
}
