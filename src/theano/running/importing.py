"""Imports of a program: its own modules are converted, and old modules are where it looks."""

from __future__ import annotations

import builtins
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from theano.options import config, parse_config_string
from theano.running.builtin_names import as_text, notebook_builtins, python2_builtins
from theano.running.cells import RUN_FILE
from theano.running.compiling import Compiled, compile_program, remember_source
from theano.running.numpy_names import program_numpy
from theano.running.reading import ProgramError, read_text
from theano.running.semantics import HELPERS, array_maker, as_index
from theano.running.stand_ins import stand_in
from theano.running.standard_names import Restored

THEANO = str(Path(__file__).resolve().parents[1]) + os.sep
FOR_BOTH = frozenset({"six", "future", "past", "builtins"})
"""Modules that serve Python 2 and 3 as they are, which programs may bring along."""
MARK = "__theano_program__"
"""A builtin by which a program's own code is known."""
PACKAGES = {"site-packages", "dist-packages"}
"""Folders of installed packages, also those of another environment that is on the path."""


def installed_places() -> tuple[str, ...]:
    """Return the folders of Python's own and of installed packages."""
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found.update(site.getsitepackages())
    found.add(site.getusersitepackages())
    return tuple(os.path.realpath(path) + os.sep for path in found) + (THEANO,)


class Program:
    """What the modules of one program share.

    Parameters
    ----------
    python : {2, 3} or None
        What the program is written in, where that is known.
    provide : mapping
        Names of modules, and the files that they are to be taken from.

    Attributes
    ----------
    converted : dict
        For each file that was Python 2, what showed it.
    restored : Restored
        Names that modules lost, for as long as the program runs.
    """

    def __init__(self, python: int | None = None, provide: Mapping[str, Path] | None = None):
        self.python = python
        self.provide = dict(provide or {})
        self.converted: dict[str, str] = {}
        self.restored = Restored()
        self.flags = os.environ.get("THEANO_FLAGS", "")
        self._installed = installed_places()
        self._numpy = program_numpy(np.load)

    def builtins_for(self, python2: bool) -> dict[str, Any]:
        """Return the builtins of a module of the program."""
        names = {**vars(builtins), **notebook_builtins(), MARK: self, RUN_FILE: self.execute_file}
        names["__array_maker__"] = array_maker
        names["__as_index__"] = as_index
        if python2:
            names.update(python2_builtins())
            names.update(HELPERS)
            names["execfile"] = self.execute_file
            names.update(code_builtins(names))

        def import_module(
            name: str,
            globals: Mapping[str, Any] | None = None,
            locals: Mapping[str, Any] | None = None,
            fromlist: Sequence[str] | None = (),
            level: int = 0,
        ) -> Any:
            if level == 0:
                old = stand_in(name, python2, not fromlist)
                if old is not None:
                    return old
                if self.is_sibling(name, globals) and (python2 or not is_found(name)):
                    level = 1
                if name.partition(".")[0] == "theano":
                    self.read_flags()
            module = builtins.__import__(name, globals, locals, fromlist or (), level)
            if level == 0:
                self.restored.complete(name)
                for part in fromlist or ():
                    self.restored.complete(f"{name}.{part}")
            return module

        names["__import__"] = import_module
        return names

    def is_sibling(self, name: str, namespace: Mapping[str, Any] | None) -> bool:
        """Whether an import in a package means the module beside, as it did in Python 2."""
        package = (namespace or {}).get("__package__")
        if not package:
            return False
        first = name.partition(".")[0]
        return importlib.util.find_spec(f"{package}.{first}") is not None

    def read_flags(self) -> None:
        """Follow what the program wrote into ``THEANO_FLAGS`` before it imports theano."""
        flags = os.environ.get("THEANO_FLAGS", "")
        if flags == self.flags:
            return
        self.flags = flags
        for name, text in parse_config_string(flags).items():
            found = config._find(name)
            if found is not None:
                section, leaf = found
                vars(section)[leaf] = section._params[leaf].convert(text, "THEANO_FLAGS")

    def owns(self, path: str) -> bool:
        """Whether a file is the program's, and no part of Python or of an installed package."""
        real = os.path.realpath(path)
        return not real.startswith(self._installed) and PACKAGES.isdisjoint(Path(real).parts)

    def compile_file(self, path: Path) -> Compiled:
        """Compile a module, or a file that is executed."""
        text = read_text(path)
        remember_source(str(path), text)
        done = compile_program(text, path, within=self.python)
        if done.python2 is not None:
            self.converted[str(path)] = done.python2
        return done

    def execute_file(
        self, path: Any, globals: dict[str, Any] | None = None, locals: Any = None
    ) -> None:
        """``execfile`` of Python 2."""
        caller = sys._getframe(1)
        namespace = caller.f_globals if globals is None else globals
        done = self.compile_file(Path(path))
        exec(done.code, namespace, caller.f_locals if globals is None else locals or namespace)

    def old_numpy(self) -> dict[str, Any]:
        """Return functions of NumPy that do as they did when a program's own code calls them."""

        def choose(name: str, old: Any) -> Any:
            real = getattr(np, name)

            def either(*args: Any, **kwargs: Any) -> Any:
                caller = sys._getframe(1).f_globals.get("__builtins__")
                own = isinstance(caller, dict) and MARK in caller
                return (old if own else real)(*args, **kwargs)

            either.__name__ = name
            either.__doc__ = real.__doc__
            return either

        return {name: choose(name, old) for name, old in self._numpy.items()}


def is_found(name: str) -> bool:
    """Whether an import of ``name`` finds anything outside of the package that it stands in."""
    first = name.partition(".")[0]
    return first in sys.modules or importlib.util.find_spec(first) is not None


@functools.lru_cache(maxsize=256)
def compile_text(text: str, name: str, with_value: bool = False) -> Compiled:
    """Compile what a program in Python 2 executes or evaluates as a text.

    Raises
    ------
    SyntaxError
        If it is no Python.
    """
    try:
        return compile_program(text, name, within=2, with_value=with_value)
    except ProgramError as error:
        raise SyntaxError(str(error)) from None


def code_builtins(names: dict[str, Any]) -> dict[str, Any]:
    """Return ``exec``, ``eval``, ``compile`` and ``input`` of a program in Python 2.

    Parameters
    ----------
    names : dict
        The builtins that the code is to have.
    """

    def spaces(given: Any, local: Any, frame: Any) -> tuple[dict[str, Any], Any]:
        if given is None:
            return frame.f_globals, frame.f_locals if local is None else local
        given.setdefault("__builtins__", names)
        return given, given if local is None else local

    def execute(code: Any, globals: Any = None, locals: Any = None, /) -> None:
        code = code.read() if hasattr(code, "read") else code
        if isinstance(code, str | bytes):
            code = compile_text(as_text(code), "<string>").code
        exec(code, *spaces(globals, locals, sys._getframe(1)))

    def evaluate(code: Any, globals: Any = None, locals: Any = None, /) -> Any:
        if isinstance(code, str | bytes):
            text = as_text(code).strip()
            code = compile_text(text, "<string>", True).value or text
        return eval(code, *spaces(globals, locals, sys._getframe(1)))

    def compile_source(source: Any, filename: str, mode: str, *flags: Any, **named: Any) -> Any:
        if not isinstance(source, str | bytes) or mode not in ("exec", "eval"):
            return compile(source, filename, mode, *flags, **named)
        done = compile_text(as_text(source), str(filename), mode == "eval")
        return done.value if mode == "eval" and done.value is not None else done.code

    def evaluated_input(prompt: str = "") -> Any:
        frame = sys._getframe(1)
        return evaluate(input(prompt), frame.f_globals, frame.f_locals)

    return {
        "exec": execute, "eval": evaluate, "compile": compile_source, "input": evaluated_input,
    }  # fmt: skip


class ProgramFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of a program's own, before everything else.

    Parameters
    ----------
    program : Program
    """

    def __init__(self, program: Program):
        self.program = program

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load a module of the program's own, or None."""
        provided = self.program.provide.get(fullname)
        if provided is not None:
            return self._spec(fullname, provided)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        if spec.origin is None or not self.program.owns(spec.origin):
            return None
        if fullname in FOR_BOTH:
            return None
        return self._spec(fullname, Path(spec.origin), spec.submodule_search_locations)

    def _spec(
        self, fullname: str, path: Path, folders: list[str] | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path.is_dir():
            path = path / "__init__.py"
        if path.name == "__init__.py" and folders is None:
            folders = [str(path.parent)]
        return importlib.util.spec_from_file_location(
            fullname,
            path,
            loader=ProgramLoader(self.program, path),
            submodule_search_locations=folders,
        )


class ProgramLoader(importlib.abc.Loader):
    """Converts a module of the program's own, and leaves nothing on the disk.

    Parameters
    ----------
    program : Program
    path : Path
    """

    def __init__(self, program: Program, path: Path):
        self.program = program
        self.path = path

    def get_source(self, fullname: str) -> str:
        """Return the source as it is on the disk."""
        return read_text(self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module in its namespace."""
        try:
            done = self.program.compile_file(self.path)
        except ProgramError as error:
            raise SyntaxError(str(error)) from None
        vars(module)["__builtins__"] = self.program.builtins_for(done.python2 is not None)
        exec(done.code, vars(module))
