"""What a program finds as it runs, for as long as it does."""

from __future__ import annotations

import io
import multiprocessing
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from theano.running.importing import Program, ProgramFinder, ProgramLoader
from theano.running.reading import STANDARD_INPUT
from theano.running.standard_names import restored_names


@contextmanager
def environment(path: Path, arguments: Sequence[str], program: Program) -> Iterator[dict[str, Any]]:
    """Set up what a program finds, and take it away again; the value is its namespace."""
    main = ModuleType("__main__")
    main.__file__ = str(path)
    before = sys.argv, sys.path[:], sys.modules.get("__main__"), sys.dont_write_bytecode
    finder = ProgramFinder(program)
    sys.argv = ["-" if path == STANDARD_INPUT else str(path), *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    # What a provided module imports from beside itself comes last.
    sys.path += [str(place.resolve().parent) for place in program.provide.values()]
    sys.modules["__main__"] = main
    hidden = {name: sys.modules.pop(name) for name in program.provide if name in sys.modules}
    sys.meta_path.insert(0, finder)
    sys.dont_write_bytecode = True
    started = multiprocessing.get_start_method(allow_none=True)
    # Python 2 knew no other, which begin by importing the program as it is on the disk.
    if program.python == 2 and "fork" in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("fork", force=True)
    with (
        any_bytes(program.python == 2),
        restored_names() as restored,
        warnings.catch_warnings(),
        # Until NumPy 2, a number in a list was shown without its type.
        np.printoptions(legacy="1.25"),
    ):
        warnings.filterwarnings("ignore", message=".*non-interactive, and thus cannot be shown")
        try:
            program.restored = restored
            for name, old in program.old_numpy().items():
                restored.put(np, name, old)
            yield vars(main)
        finally:
            multiprocessing.set_start_method(started, force=True)
            sys.meta_path.remove(finder)
            sys.argv, sys.path[:], old_main, sys.dont_write_bytecode = before
            if old_main is not None:
                sys.modules["__main__"] = old_main
            for name, module in list(sys.modules.items()):
                if isinstance(getattr(module, "__loader__", None), ProgramLoader):
                    del sys.modules[name]
            sys.modules.update(hidden)


@contextmanager
def any_bytes(wanted: bool) -> Iterator[None]:
    """Let what was read from a file in any encoding be printed as the bytes that it was."""
    streams = [s for s in (sys.stdout, sys.stderr) if wanted and isinstance(s, io.TextIOWrapper)]
    before = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors="surrogateescape")
    yield
    for stream, errors in zip(streams, before, strict=True):
        if not stream.closed:
            stream.reconfigure(errors=errors)
