"""Reads pickles without running code of anyone else's.

A pickle is a program: it may name any function that can be imported, and call it. Here only what is
listed can be named, by its own module: arrays and numbers of NumPy, containers of Python, and the
objects of the language, of this version and of earlier ones.
"""

from __future__ import annotations

import collections
import copyreg
import datetime as dt
import importlib
import pickle
import sys
import types
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, BinaryIO, ClassVar

import numpy as np

from theano.compile import Function, In, Mode, Out
from theano.compile import function_object as of_functions
from theano.compile.io import OutputForm
from theano.compile.maker import Maker
from theano.compile.ops import FromFunctionOp
from theano.errors import usage_error
from theano.graph import Apply, FunctionGraph, Op, Type, Variable
from theano.graph import pickling as of_graphs
from theano.graph.provenance import SourceLine
from theano.graph.scratchpad import Scratchpad
from theano.legacy.pickles import array_of_gpu, make_function, make_maker
from theano.legacy.relics import Relic
from theano.random.mrg import MRG_RandomStreams
from theano.random.random_streams import RandomStreamsBase
from theano.scalar import preference
from theano.shared_variable import Container
from theano.tensor import comparison
from theano.tensor.ops.basic_index import Key

BUILTINS = {
    kind.__name__: kind
    for kind in (
        *(bool, bytearray, bytes, complex, dict, float, frozenset, int, list, object, range, set),
        *(slice, str, tuple),
    )
}
KINDS = (
    *(Apply, Container, Function, FunctionGraph, In, Key, Maker, Mode, Op, Out, OutputForm),
    *(MRG_RandomStreams, RandomStreamsBase, Relic, Scratchpad, SourceLine, Type, Variable),
    preference.specific_out,
)
"""Classes of the language whose instances, and those of their subclasses, are read."""
FUNCTIONS = (
    *(array_of_gpu, make_function, make_maker, of_functions.restore),
    *(of_graphs.restored, of_graphs.restored_node, of_graphs.dereference),
)
OF_CLASSES = ("theano.legacy.dnn", "theano.legacy.former_ops", "theano.legacy.gpu")
"""Modules whose classes stand for ops of old; seldom needed, so not imported here."""
OF_FUNCTIONS = (preference.__name__, comparison.__name__)
"""Modules whose functions only look at values."""
OF_CODE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)
OF_NUMPY_RANDOM = ("__randomstate_ctor", "__RandomState_ctor", "__bit_generator_ctor")
SPARSE = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")


def encoded(text: str, encoding: str = "latin1") -> bytes:
    """Return bytes that Python 3 wrote as text for Python 2."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"bytes are encoded as {encoding!r}, not as latin1")
    return text.encode("latin1")


def listed() -> Iterator[tuple[str, str, Any]]:
    """Yield module, name and value of what may be named besides the objects of the language."""
    for name, kind in BUILTINS.items():
        yield "builtins", name, kind
    for kind in (collections.OrderedDict, collections.defaultdict, collections.deque):
        yield "collections", kind.__name__, kind
    for of_time in (dt.date, dt.datetime, dt.time, dt.timedelta):
        yield "datetime", of_time.__name__, of_time
    yield "copyreg", "_reconstructor", copyreg._reconstructor  # type: ignore[attr-defined]
    yield "_codecs", "encode", encoded
    yield "numpy", "ndarray", np.ndarray
    yield "numpy", "dtype", np.dtype
    for name, value in vars(np).items():
        if isinstance(value, type) and issubclass(value, np.generic):
            yield "numpy", name, value
    for name, value in vars(np.dtypes).items():
        if isinstance(value, type):
            yield "numpy.dtypes", name, value
    for core in ("numpy.core", "numpy._core"):
        for module, name in (
            ("multiarray", "_reconstruct"),
            ("multiarray", "scalar"),
            ("numeric", "_frombuffer"),
        ):
            home = importlib.import_module(f"numpy._core.{module}")
            yield f"{core}.{module}", name, getattr(home, name)
    of_random = importlib.import_module("numpy.random._pickle")
    for name in OF_NUMPY_RANDOM:
        found = getattr(of_random, name.lower() if "State" in name else name)
        for module in ("numpy.random", "numpy.random._pickle", "numpy.random.mtrand"):
            yield module, name, found
    yield "numpy.random._mt19937", "MT19937", np.random.MT19937
    yield "numpy.random.bit_generator", "SeedSequence", np.random.SeedSequence


LISTED: Mapping[tuple[str, str], Any] = {(m, n): value for m, n, value in listed()}


class SafeUnpickler(pickle._Unpickler):  # type: ignore[name-defined,misc]
    """Reads a pickle of which only certain things are named.

    Parameters
    ----------
    file : binary file
    allow : collection of str
        More that may be named: ``"module"``, with all below it, or ``"module.Class"``. What is
        allowed can run any code that it has.
    persistent_load : callable, optional
        For pickles that keep arrays elsewhere.

    Notes
    -----
    The unpickler that Python has in Python and not in C, as the latter lets a pickle set
    attributes of classes.
    """

    dispatch: ClassVar[dict[int, Callable[..., None]]] = dict(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]

    def __init__(
        self,
        file: BinaryIO,
        allow: Collection[str] = (),
        persistent_load: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(file, encoding="latin1")
        self.allow = tuple(allow)
        if persistent_load is not None:
            self.persistent_load = persistent_load  # type: ignore[assignment,method-assign]

    def load_build(self) -> None:
        """Give an object its state."""
        if isinstance(self.stack[-2], (type, *OF_CODE)):  # type: ignore[attr-defined]
            raise pickle.UnpicklingError("the pickle would change a class or a function")
        super().load_build()  # type: ignore[misc]

    dispatch[pickle.BUILD[0]] = load_build

    def find_class(self, module: str, name: str) -> Any:
        """Return what a pickle names.

        Raises
        ------
        pickle.UnpicklingError
            It may not be named.
        """
        if self.proto < 3:  # type: ignore[attr-defined]
            today = (IMPORT_MAPPING.get(module, module), name)
            module, name = NAME_MAPPING.get((module, name), today)
        if (module, name) in LISTED:
            return LISTED[module, name]
        whole = f"{module}.{name}."
        if any(whole.startswith(f"{one}.") for one in self.allow):
            return super().find_class(module, name)
        if module.startswith("theano.") and name.isidentifier():
            return of_theano(module, name)
        if module.startswith("scipy.sparse") and name.removesuffix("_matrix") in SPARSE:
            return getattr(importlib.import_module("scipy.sparse"), name)
        raise refused(module, name)


def of_theano(module: str, name: str) -> Any:
    """Return a class or a function of the language; a relic for a class of old that is no more.

    Raises
    ------
    pickle.UnpicklingError
        What has that name is none that a pickle needs.
    """
    if "__main__" in module:
        raise refused(module, name)
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return relic(module, name)
    home = getattr(found, "__module__", None)
    if isinstance(found, type):
        # An op that calls whatever function it is given has no place in a file that is not trusted.
        if issubclass(found, FromFunctionOp):
            raise refused(module, name)
        # Linkers, optimizers and their like are not needed to make a function anew.
        return found if issubclass(found, KINDS) or home in OF_CLASSES else relic(module, name)
    if any(found is one for one in FUNCTIONS) or home in OF_FUNCTIONS:
        return found
    raise refused(module, name)


def relic(module: str, name: str) -> type:
    """Return a class that takes the place of one that is no more, or is not needed."""
    return type(name, (Relic,), {"__module__": module})


def refused(module: str, name: str) -> Exception:
    """Return the error for something that is not read."""
    package, fix = module.partition(".")[0], "do not read the file unless you know who made it"
    if package not in sys.stdlib_module_names:
        fix = (
            f"if you trust the file, and can import {package}: "
            f"theano.load(path, allow=[{f'{module}.{name}'!r}]), or with all that it names "
            "pickle.load(file, encoding='latin1')"
        )
    return usage_error(
        pickle.UnpicklingError,
        f"the file names {module}.{name}, which is not read: it could run any code",
        fix=fix,
    )
