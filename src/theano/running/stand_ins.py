"""Modules and builtins whose ways changed, as a program of its time expects them.

They take the place of the real ones for the program's own modules alone: what it imports from
elsewhere sees Python's.
"""

from __future__ import annotations

import csv
import functools
import importlib.util
import io
import itertools
import pickle
import string
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from theano.running.division import sort_keywords

BYTES_AS_TEXT = "latin1"
"""How the byte strings of a pickle that Python 2 wrote are read, as arrays in it need."""


def copy_of(module: ModuleType, **replaced: Any) -> ModuleType:
    """Return a module with the names of another, some of them replaced."""
    made = ModuleType(module.__name__, module.__doc__)
    vars(made).update({k: v for k, v in vars(module).items() if k != "__builtins__"})
    vars(made).update(replaced)
    return made


def binary(file: Any) -> Any:
    """Return a file of bytes: what lies under one that was opened as text, as Python 2 had it."""
    if isinstance(file, io.TextIOWrapper):
        if file.writable():
            file.flush()
        return file.buffer
    return file


def load_pickle(file: Any, **kwargs: Any) -> Any:
    """``pickle.load`` of a pickle that Python 2 or 3 wrote."""
    kwargs.setdefault("encoding", BYTES_AS_TEXT)
    return pickle.load(binary(file), **kwargs)


def loads_pickle(data: Any, /, **kwargs: Any) -> Any:
    """``pickle.loads`` of a pickle that Python 2 or 3 wrote."""
    kwargs.setdefault("encoding", BYTES_AS_TEXT)
    return pickle.loads(data.encode("latin-1") if isinstance(data, str) else data, **kwargs)


def dump_pickle(obj: Any, file: Any, protocol: int | None = None, **kwargs: Any) -> None:
    """``pickle.dump`` to a file that may have been opened as text."""
    pickle.dump(obj, binary(file), protocol, **kwargs)


class Unpickler(pickle.Unpickler):
    """``pickle.Unpickler`` of a pickle that Python 2 or 3 wrote."""

    def __init__(self, file: Any, **kwargs: Any):
        kwargs.setdefault("encoding", BYTES_AS_TEXT)
        super().__init__(binary(file), **kwargs)


class Pickler(pickle.Pickler):
    """``pickle.Pickler`` to a file that may have been opened as text."""

    def __init__(self, file: Any, protocol: int | None = None, **kwargs: Any):
        super().__init__(binary(file), protocol, **kwargs)


def text_lines(file: Any) -> Iterator[str]:
    """Yield the lines of a file that may have been opened as bytes."""
    for line in file:
        yield line.decode("utf-8", "surrogateescape") if isinstance(line, bytes) else line


class TextOfBytes(io.TextIOBase):
    """Writes text to a file of bytes."""

    def __init__(self, file: Any):
        self.file = file

    def write(self, text: str) -> int:
        """Write text as UTF-8."""
        return self.file.write(text.encode("utf-8", "surrogateescape"))  # type: ignore[no-any-return]


def csv_writer(file: Any, *args: Any, **kwargs: Any) -> Any:
    """``csv.writer`` to a file that may have been opened as bytes."""
    mode = str(getattr(file, "mode", ""))
    return csv.writer(TextOfBytes(file) if "b" in mode else file, *args, **kwargs)


def csv_reader(file: Any, *args: Any, **kwargs: Any) -> Any:
    """``csv.reader`` of a file that may have been opened as bytes."""
    return csv.reader(text_lines(file), *args, **kwargs)


def string_io(value: Any = "", *args: Any) -> Any:
    """``StringIO``: a file in memory of bytes or of text, as what it begins with."""
    return io.BytesIO(value) if isinstance(value, bytes) else io.StringIO(value, *args)


def string_functions() -> dict[str, Any]:
    """Return what the module ``string`` had beside the methods of strings."""
    methods = (
        "capitalize", "count", "expandtabs", "find", "index", "ljust", "lower", "lstrip", "replace",
        "rfind", "rindex", "rjust", "rstrip", "split", "splitfields", "strip", "swapcase", "upper",
        "zfill",
    )  # fmt: skip
    functions: dict[str, Any] = {name: getattr(str, name) for name in methods if hasattr(str, name)}
    functions.update(
        atof=float,
        atoi=int,
        atol=int,
        join=lambda words, sep=" ": sep.join(words),
        joinfields=lambda words, sep=" ": sep.join(words),
        letters=string.ascii_letters,
        lowercase=string.ascii_lowercase,
        maketrans=str.maketrans,
        uppercase=string.ascii_uppercase,
    )
    return functions


class Overlay(ModuleType):
    """A module with some names replaced, and else what the module under it has.

    Parameters
    ----------
    name : str
        Of the module under it.
    replaced : object
        Names and what stands for them.
    """

    def __init__(self, name: str, **replaced: Any):
        super().__init__(name)
        vars(self).update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


@functools.cache
def stand_in(name: str, python2: bool, whole: bool = False) -> ModuleType | None:
    """Return what a program gets that imports ``name``, where that is not the module itself.

    Parameters
    ----------
    name : str
    python2 : bool
        Whether the program is in Python 2.
    whole : bool
        Whether the import is to give the first part of a dotted name, as ``import a.b`` does.
    """
    if name in ("six.moves", "six.moves.cPickle") and importlib.util.find_spec("six"):
        pickles = stand_in("pickle", python2)
        if name.endswith("cPickle") and not whole:
            return pickles
        moves = Overlay("six.moves", cPickle=pickles)
        return Overlay("six", moves=moves) if whole else moves
    if name in ("pickle", "cPickle"):
        return copy_of(
            pickle,
            load=load_pickle,
            loads=loads_pickle,
            dump=dump_pickle,
            Unpickler=Unpickler,
            Pickler=Pickler,
        )
    if not python2:
        return None
    if name == "csv":
        return copy_of(csv, reader=csv_reader, writer=csv_writer)
    if name == "string":
        return copy_of(string, **string_functions())
    if name in ("io", "StringIO", "cStringIO"):
        return copy_of(io, StringIO=string_io)
    if name == "itertools":
        return copy_of(
            itertools,
            izip=zip,
            imap=map,
            ifilter=filter,
            izip_longest=itertools.zip_longest,
            ifilterfalse=itertools.filterfalse,
        )
    return None


def open_text(file: Any, mode: str = "r", buffering: int = -1, **kwargs: Any) -> Any:
    """``open`` of Python 2, where text was the file's own bytes and any would do."""
    mode = mode.replace("U", "") or "r"
    if "b" not in mode:
        kwargs.setdefault("encoding", "utf-8")
        kwargs.setdefault("errors", "surrogateescape")
        buffering = -1 if buffering == 0 else buffering
    return open(file, mode, buffering, **kwargs)


def compare(a: Any, b: Any) -> int:
    """``cmp``: negative, zero or positive."""
    return (a > b) - (a < b)


def sorted_by(iterable: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """``sorted`` whose second argument may be a comparison."""
    return sorted(iterable, **sort_keywords(args, kwargs))


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


def evaluated_input(prompt: str = "") -> Any:
    """``input`` of Python 2: what was typed, evaluated where it was called."""
    frame = sys._getframe(1)
    return eval(input(prompt), frame.f_globals, frame.f_locals)


def python2_builtins() -> dict[str, Any]:
    """Return the builtins that Python 2 had, or had otherwise."""
    return {
        "apply": lambda function, args=(), kwargs=None: function(*args, **(kwargs or {})),
        "basestring": str,
        "buffer": memoryview,
        "cmp": compare,
        "coerce": lambda a, b: (a, b),
        "file": open_text,
        "input": evaluated_input,
        "intern": sys.intern,
        "long": int,
        "open": open_text,
        "raw_input": input,
        "reduce": functools.reduce,
        "reload": reload,
        "round": round_half_away,
        "sorted": sorted_by,
        "StandardError": Exception,
        "unichr": chr,
        "unicode": str,
        "xrange": range,
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
