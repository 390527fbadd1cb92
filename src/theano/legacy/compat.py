"""Helpers of ``theano.compat``, which let one source run on Python 2 and 3: plain Python 3 today.

What is only another name of something in Python's library stands in :data:`NAMES` and
:data:`MOVES`, for ``theano.compat``, ``theano.compat.six`` and ``theano.compat.six.moves``.
"""

from __future__ import annotations

from collections.abc import Iterator as AbstractIterator
from collections.abc import Mapping
from typing import Any

PY2 = False
PY3 = True
string_types = (str,)
integer_types = (int,)
class_types = (type,)
maxsize = 2**63 - 1

MOVES = {
    "StringIO": "io.StringIO",
    "cStringIO": "io.StringIO",
    "filter": "builtins.filter",
    "filterfalse": "itertools.filterfalse",
    "getcwd": "os.getcwd",
    "input": "builtins.input",
    "intern": "sys.intern",
    "map": "builtins.map",
    "range": "builtins.range",
    "reduce": "functools.reduce",
    "xrange": "builtins.range",
    "zip": "builtins.zip",
    "zip_longest": "itertools.zip_longest",
}
NAMES = {
    "BytesIO": "io.BytesIO",
    "Counter": "collections.Counter",
    "DefaultOrderedDict": "collections.defaultdict",
    "OrderedDict": "collections.OrderedDict",
    "StringIO": "io.StringIO",
    "binary_type": "builtins.bytes",
    "ifilter": "builtins.filter",
    "imap": "builtins.map",
    "izip": "builtins.zip",
    "next": "builtins.next",
    "operator_div": "operator.truediv",
    "partial": "functools.partial",
    "text_type": "builtins.str",
    "unichr": "builtins.chr",
    "unicode": "builtins.str",
}


class Iterator:
    """A base of iterators that define ``__next__``."""

    def next(self) -> Any:
        """Return the next item, by the name that Python 2 gave the method."""
        return type(self).__next__(self)  # type: ignore[attr-defined]


def cmp(a: Any, b: Any) -> int:
    """Return -1, 0 or 1 as ``a`` is below, equal to or above ``b``."""
    return int(a > b) - int(a < b)


def exc_message(error: BaseException) -> Any:
    """Return the first argument of an exception."""
    return error.args[0] if error.args else ""


def decode(text: Any) -> Any:
    """Return bytes as text."""
    return text.decode("utf-8") if isinstance(text, bytes) else text


def decode_with(text: Any, encoding: str) -> Any:
    """Return bytes as text, by an encoding."""
    return text.decode(encoding) if isinstance(text, bytes) else text


def get_unbound_function(method: Any) -> Any:
    """Return the function of a method, bound or not."""
    return getattr(method, "__func__", method)


def b(text: str) -> bytes:
    """Return a literal's bytes."""
    return text.encode("latin-1")


def u(text: str) -> str:
    """Return the text itself."""
    return text


def iterkeys(mapping: Mapping[Any, Any]) -> AbstractIterator[Any]:
    """Return an iterator over the keys."""
    return iter(mapping.keys())


def itervalues(mapping: Mapping[Any, Any]) -> AbstractIterator[Any]:
    """Return an iterator over the values."""
    return iter(mapping.values())


def iteritems(mapping: Mapping[Any, Any]) -> AbstractIterator[Any]:
    """Return an iterator over the pairs of key and value."""
    return iter(mapping.items())


def with_metaclass(metaclass: type, *bases: type) -> type:
    """Return a base of a class whose metaclass is to be ``metaclass``."""
    return metaclass("Base", bases or (object,), {})


def add_metaclass(metaclass: type) -> Any:
    """Return a decorator that builds a class anew with a metaclass."""

    def rebuild(cls: type) -> type:
        body = {k: v for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__")}
        return metaclass(cls.__name__, cls.__bases__, body)

    return rebuild


def reraise(kind: type[BaseException], value: BaseException | None, traceback: Any = None) -> None:
    """Raise an exception with a traceback."""
    raise (kind() if value is None else value).with_traceback(traceback)
