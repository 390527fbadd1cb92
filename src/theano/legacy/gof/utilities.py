"""Small functions of ``theano.gof.utils``."""

from __future__ import annotations

import hashlib
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from theano.graph import Variable
from theano.graph.provenance import PACKAGE
from theano.legacy.gof.schedule import _toposort
from theano.options import config

__all__ = [
    "D",
    "add_tag_trace",
    "deprecated",
    "difference",
    "flatten",
    "from_return_values",
    "get_variable_trace_string",
    "give_variables_names",
    "hash_from_code",
    "hash_from_file",
    "hashtype",
    "hist",
    "memoize",
    "remove",
    "simple_extract_stack",
    "to_return_values",
    "toposort",
    "undef",
    "uniq",
    "unique",
]


undef = object()


class D:
    """An object with the attributes that are given."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


def simple_extract_stack(
    f: Any = None, limit: int | None = None, skips: Collection[str] = ()
) -> list[tuple[str, int, str, str | None]]:
    """Return the lines of the call stack, outermost first: file, number, function and text.

    Parameters
    ----------
    f : frame, optional
        Where to begin; by default with the caller.
    limit : int, optional
        How many of the innermost lines; by default all.
    skips : collection of str
        Lines whose file has one of these in its path are left out, as long as they are innermost.
    """
    lines = list(traceback.extract_stack(f))
    if f is None:
        lines.pop()
    while lines and any(part in lines[-1].filename for part in skips):
        lines.pop()
    kept = lines if limit is None else lines[-limit:] if limit > 0 else []
    return [(one.filename, one.lineno or 0, one.name, one.line or None) for one in kept]


def add_tag_trace(thing: Any, user_line: int | None = None) -> Any:
    """Set ``thing.tag.trace`` to the user's innermost lines of the call stack; return ``thing``.

    ``user_line`` says how many, by default ``config.traceback.limit``; -1 means all.
    """
    limit = config.traceback.limit if user_line is None else user_line
    lines = simple_extract_stack(limit=None if limit == -1 else limit, skips=(PACKAGE,))
    thing.tag.trace = [lines] if lines else []
    return thing


def get_variable_trace_string(v: Any) -> str:
    """Return the lines that :func:`add_tag_trace` found, or the one that made ``v``, as text."""
    found = getattr(v.tag, "trace", None)
    if found:
        return "".join(traceback.format_list(found[0]))
    return "" if v.source is None else str(v.source)


def hashtype(self: Any) -> int:
    """Return a hash of the class of an object."""
    return hash(type(self).__name__) ^ hash(type(self).__module__)


def memoize(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``f`` with its results kept, by its arguments."""
    known: dict[Any, Any] = {}

    @wraps(f)
    def kept(*args: Any, **kwargs: Any) -> Any:
        key = args, tuple(sorted(kwargs.items()))
        if key not in known:
            known[key] = f(*args, **kwargs)
        return known[key]

    return kept


def deprecated(filename: str, msg: str = "") -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator: the first call of the function warns, with ``msg``."""

    def decorate(f: Callable[..., Any]) -> Callable[..., Any]:
        warned = False

        @wraps(f)
        def warning(*args: Any, **kwargs: Any) -> Any:
            nonlocal warned
            if not warned:
                warned = True
                warnings.warn(
                    f"{filename}.{f.__name__} is deprecated. {msg}",
                    DeprecationWarning,
                    stacklevel=2,
                )
            return f(*args, **kwargs)

        return warning

    return decorate


def uniq(seq: Iterable[Any]) -> list[Any]:
    """Return the items of ``seq``, each once, in order; they need no hash."""
    found: list[Any] = []
    for one in seq:
        if one not in found:
            found.append(one)
    return found


def difference(seq1: Iterable[Any], seq2: Iterable[Any]) -> list[Any]:
    """Return the items of ``seq1`` that are not in ``seq2``, in order."""
    others = list(seq2)
    return [one for one in seq1 if one not in others]


def to_return_values(values: list[Any]) -> Any:
    """Return the one item, or the list where there are others than one."""
    return values[0] if len(values) == 1 else values


def from_return_values(values: Any) -> list[Any]:
    """Return a list: of the one value, or of those in a list or tuple."""
    return list(values) if isinstance(values, (list, tuple)) else [values]


def toposort(prereqs_d: Mapping[Any, Iterable[Any]]) -> list[Any]:
    """Return the keys so that each comes behind those it is mapped to.

    Raises
    ------
    ValueError
        There is a cycle.
    """
    return _toposort(prereqs_d)[::-1]


def flatten(a: Any) -> list[Any]:
    """Return the items of nested lists, tuples and sets in one list."""
    if isinstance(a, (list, tuple, set)):
        return [inner for one in a for inner in flatten(one)]
    return [a]


def unique(x: Collection[Any]) -> bool:
    """Whether no two items are equal."""
    return len(set(x)) == len(x)


def hist(coll: Iterable[Any]) -> dict[Any, int]:
    """Return how often each item comes."""
    return dict(Counter(coll))


def give_variables_names(variables: Iterable[Variable]) -> None:
    """Give each variable without a name one of its own, and each with a name of others a new one.

    Names that are unique stay.
    """
    variables = list(variables)
    counts = Counter(v.name for v in variables)
    taken = {name for name in counts if name is not None}
    number = 0
    for variable in variables:
        if variable.name is not None and counts[variable.name] == 1:
            continue
        stem = variable.name or ("input" if variable.owner is None else "variable")
        while f"{stem}_{number}" in taken:
            number += 1
        variable.name = f"{stem}_{number}"
        taken.add(variable.name)


def remove(predicate: Callable[[Any], bool], coll: Iterable[Any]) -> Iterator[Any]:
    """Yield the items for which ``predicate`` is false."""
    return (one for one in coll if not predicate(one))


def hash_from_code(msg: str | bytes) -> str:
    """Return the SHA-256 of a text, in hexadecimal digits, behind an "m"."""
    return "m" + hashlib.sha256(msg.encode() if isinstance(msg, str) else msg).hexdigest()


def hash_from_file(file_path: str) -> str:
    """Return the hash of what a file holds."""
    return hash_from_code(Path(file_path).read_bytes())
