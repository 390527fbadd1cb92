"""Builtins that Python 2 had, or had otherwise, and those of notebooks."""

from __future__ import annotations

import functools
import importlib
import io
import itertools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from theano.running.semantics import compare, sort_keywords
from theano.running.stand_ins import as_bytes


class BinaryFile(io.BufferedWriter):
    """A file to write bytes to, and text as its bytes in UTF-8."""

    def write(self, data: Any) -> int:
        """Write bytes or text."""
        return super().write(as_bytes(data))


def open_text(file: Any, mode: str = "r", buffering: int = -1, **kwargs: Any) -> Any:
    """``open`` of Python 2, where text was the file's own bytes and any would do."""
    mode = mode.replace("U", "") or "r"
    if mode in ("wb", "ab") and buffering != 0:
        return BinaryFile(io.FileIO(file, mode.replace("b", "")))
    if "b" not in mode:
        kwargs.setdefault("encoding", "utf-8")
        kwargs.setdefault("errors", "surrogateescape")
        # Text is written through buffers, of lines at least.
        buffering = 1 if buffering == 0 else buffering
    return open(file, mode, buffering, **kwargs)


def print_text(*values: Any, sep: str = " ", end: str = "\n", file: Any = None) -> None:
    """``print``, which writes no space after a line end: ``print line,``."""
    if end == " " and values and isinstance(values[-1], str) and values[-1].endswith("\n"):
        end = ""
    texts = [as_text(value) for value in values]
    print(*texts, sep=sep, end=end, file=file)


def as_text(value: Any) -> Any:
    """Return the text of bytes; anything else is returned as it is."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def list_map(function: Any, *iterables: Any) -> list[Any]:
    """``map``: a list, as long as the longest iterable; without a function, of tuples."""
    if len(iterables) == 1:
        return list(iterables[0]) if function is None else [function(x) for x in iterables[0]]
    rows = itertools.zip_longest(*iterables)
    return list(rows) if function is None else [function(*row) for row in rows]


def list_filter(function: Any, iterable: Any) -> Any:
    """``filter``: a list, or a text or tuple of one."""
    found = list(filter(function, iterable))
    if isinstance(iterable, str):
        return "".join(found)
    return tuple(found) if isinstance(iterable, tuple) else found


def list_zip(*iterables: Any) -> list[Any]:
    """``zip``: a list."""
    return list(zip(*iterables, strict=False))


def list_range(*bounds: Any) -> list[int]:
    """``range``: a list."""
    return list(range(*bounds))


def sorted_by(iterable: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """``sorted``, whose second argument may be a comparison, of values of any types."""
    items = list(iterable)
    keywords = sort_keywords(args, kwargs)
    try:
        return sorted(items, **keywords)
    except TypeError:
        if "key" in keywords:
            raise
        return sorted(items, key=functools.cmp_to_key(compare), **keywords)


def round_half_away(number: Any, ndigits: int = 0) -> Any:
    """``round`` of Python 2: a float, and halves away from zero."""
    if type(number) not in (int, float, bool):
        return float(number.__round__(ndigits)) if hasattr(number, "__float__") else round(number)
    if not ndigits and abs(number) < 2**52:
        whole = float(int(abs(number) + 0.5))
        return whole if number >= 0 else -whole
    return round(float(number), ndigits)


def reload(module: ModuleType) -> ModuleType:
    """``reload``; of ``sys`` it was asked only for ``setdefaultencoding``, and does nothing."""
    return module if module is sys else importlib.reload(module)


def python2_builtins() -> dict[str, Any]:
    """Return the builtins that Python 2 had, or had otherwise."""
    return {
        "apply": lambda function, args=(), kwargs=None: function(*args, **(kwargs or {})),
        "basestring": str,
        "buffer": memoryview,
        "cmp": compare,
        "coerce": lambda a, b: (a, b),
        "file": open_text,
        "filter": list_filter,
        "intern": sys.intern,
        "long": int,
        "map": list_map,
        "open": open_text,
        "print": print_text,
        "range": list_range,
        "raw_input": input,
        "reduce": functools.reduce,
        "reload": reload,
        "round": round_half_away,
        "sorted": sorted_by,
        "StandardError": Exception,
        "unichr": chr,
        "unicode": str,
        "xrange": range,
        "zip": list_zip,
    }


class Shell:
    """What ``get_ipython()`` gives to scripts that were notebooks; its commands are not run."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


def display(*values: Any, **options: Any) -> None:
    """Show values, one a line."""
    for value in values:
        sys.stdout.write(f"{value}\n")


def notebook_builtins() -> dict[str, Any]:
    """Return what cells of notebooks find without an import."""
    return {"get_ipython": Shell, "display": display}
