"""Modules whose ways changed, as a program of its time expects them.

They take the place of the real ones for the program's own modules alone: what it imports from
elsewhere sees Python's.
"""

from __future__ import annotations

import codecs
import csv
import functools
import hashlib
import importlib.util
import io
import itertools
import operator
import pickle
import string
import subprocess
import types
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from theano.running.semantics import divide

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
    changed = CHANGED.get(name)
    if changed is None:
        return None
    module, replaced = changed
    return copy_of(module, **replaced())


class Hash:
    """A hash that takes text too, as its bytes in UTF-8.

    Parameters
    ----------
    made : object
        One of ``hashlib``.
    """

    def __init__(self, made: Any):
        self.made = made

    def update(self, data: Any) -> None:
        """Go on with more data."""
        self.made.update(as_bytes(data))

    def copy(self) -> Hash:
        """Return another in the same state."""
        return Hash(self.made.copy())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)


def as_bytes(data: Any) -> Any:
    """Return the bytes of a text; anything else is returned as it is."""
    return data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data


def hash_functions() -> dict[str, Any]:
    """Return the functions of ``hashlib``, which take text."""

    def make(name: str) -> Callable[..., Hash]:
        return lambda data=b"", **options: Hash(hashlib.new(name, as_bytes(data), **options))

    functions: dict[str, Any] = {
        name: make(name) for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
    }
    functions["new"] = lambda name, data=b"": Hash(hashlib.new(name, as_bytes(data)))
    return functions


def writer_for(encoding: str) -> Callable[..., Any]:
    """``codecs.getwriter``: a stream that takes text is its own writer."""

    def writer(stream: Any, errors: str = "strict") -> Any:
        if isinstance(stream, io.TextIOBase):
            return stream
        return codecs.getwriter(encoding)(stream, errors)

    return writer


class TextProcess(subprocess.Popen[Any]):
    """``subprocess.Popen`` whose pipes carry text."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("encoding", "utf-8")
        kwargs.setdefault("errors", "surrogateescape")
        super().__init__(*args, **kwargs)


def text_of_process(*args: Any, **kwargs: Any) -> Any:
    """``subprocess.check_output`` as text."""
    kwargs.setdefault("encoding", "utf-8")
    kwargs.setdefault("errors", "surrogateescape")
    return subprocess.check_output(*args, **kwargs)


def operators() -> dict[str, Any]:
    """Return the functions that ``operator`` lost."""
    return {
        "delslice": lambda a, i, j: operator.delitem(a, slice(i, j)),
        "div": divide,
        "getslice": lambda a, i, j: a[i:j],
        "isCallable": callable,
        "isMappingType": lambda value: hasattr(value, "keys"),
        "isNumberType": lambda value: hasattr(value, "__add__") and hasattr(value, "__sub__"),
        "isSequenceType": lambda value: hasattr(value, "__getitem__"),
        "repeat": operator.mul,
        "sequenceIncludes": operator.contains,
    }


def types_of_builtins() -> dict[str, Any]:
    """Return the names that ``types`` had for builtin types."""
    return {
        "BooleanType": bool,
        "BufferType": memoryview,
        "ClassType": type,
        "ComplexType": complex,
        "DictType": dict,
        "DictionaryType": dict,
        "FileType": io.IOBase,
        "FloatType": float,
        "InstanceType": object,
        "IntType": int,
        "ListType": list,
        "LongType": int,
        "NoneType": type(None),
        "ObjectType": object,
        "SliceType": slice,
        "StringType": str,
        "StringTypes": (str,),
        "TupleType": tuple,
        "TypeType": type,
        "UnboundMethodType": types.FunctionType,
        "UnicodeType": str,
        "XRangeType": range,
    }


def iterators() -> dict[str, Any]:
    """Return the functions of ``itertools`` under their old names."""
    return {
        "ifilter": filter,
        "ifilterfalse": itertools.filterfalse,
        "imap": map,
        "izip": zip,
        "izip_longest": itertools.zip_longest,
    }


CHANGED: dict[str, tuple[ModuleType, Callable[[], dict[str, Any]]]] = {
    "cStringIO": (io, lambda: {"StringIO": string_io}),
    "codecs": (codecs, lambda: {"getwriter": writer_for}),
    "csv": (csv, lambda: {"reader": csv_reader, "writer": csv_writer}),
    "hashlib": (hashlib, hash_functions),
    "io": (io, lambda: {"StringIO": string_io}),
    "itertools": (itertools, iterators),
    "operator": (operator, operators),
    "string": (string, string_functions),
    "subprocess": (
        subprocess,
        lambda: {"Popen": TextProcess, "check_output": text_of_process},
    ),
    "StringIO": (io, lambda: {"StringIO": string_io}),
    "types": (types, types_of_builtins),
}
"""Modules that a program in Python 2 gets with some names replaced."""
