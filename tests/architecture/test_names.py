"""Files and names: one name means one thing, every file says what it is, and none grows unseen."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "theano"
SOURCES = sorted(PACKAGE.rglob("*.py"))

MOST_LINES = 700
# File, relative to the root, and why it is one concept all the same.
LONG_FILES: dict[str, str] = {}


def submodules(package: Path) -> set[str]:
    files = {path.stem for path in package.glob("*.py")} - {"__init__"}
    return files | {path.parent.name for path in package.glob("*/__init__.py")}


def bound_elsewhere(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield the public names that a package's ``__init__`` binds to anything but its submodules."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=module, names=names) if module != package:
                yield from (alias.asname or alias.name for alias in names)
            case ast.Import(names=names):
                yield from (alias.asname for alias in names if alias.asname)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


def packages_as_imported() -> Iterator[tuple[ModuleType, set[str]]]:
    """Import each package, parents first, and yield it with the names of its submodules.

    The caller sees a package before what lies under it is imported, because importing a submodule
    puts the module over an object of the same name.
    """
    root = importlib.import_module("theano")
    yield root, {info.name for info in pkgutil.iter_modules(root.__path__)}
    for info in pkgutil.walk_packages(root.__path__, prefix="theano."):
        if info.ispkg:
            package = importlib.import_module(info.name)
            yield package, {below.name for below in pkgutil.iter_modules(package.__path__)}


def test_the_sources_are_found():
    assert PACKAGE / "graph" / "variable.py" in SOURCES


def test_no_init_file_binds_the_name_of_a_submodule():
    clashes = [
        f"{init.relative_to(ROOT)}: {name}"
        for init in SOURCES
        if init.name == "__init__.py"
        for name in set(
            bound_elsewhere(
                ast.parse(init.read_text("utf-8")),
                ".".join(init.parent.relative_to(PACKAGE.parent).parts),
            )
        )
        & submodules(init.parent)
    ]
    assert not clashes


def test_no_public_object_shares_its_name_with_a_submodule():
    clashes = [
        f"{package.__name__}.{name} is {value!r}"
        for package, below in packages_as_imported()
        for name, value in vars(package).items()
        if name in below
        and not (isinstance(value, ModuleType) and value.__name__ == f"{package.__name__}.{name}")
    ]
    assert not clashes


def test_the_name_check_sees_every_way_to_bind():
    source = """
import a.b, c as d
from theano.tensor.ops.sorting import sort
from theano.tensor import nnet
def f(): ...
class G: ...
h = 1
for i in (): pass
"""
    found = set(bound_elsewhere(ast.parse(source), "theano.tensor"))
    assert found == {"d", "sort", "f", "G", "h", "i"}


def test_files_stay_short():
    written = [
        path
        for top in ("src", "tests", "examples", "benchmarks")
        for path in sorted((ROOT / top).rglob("*.py"))
    ]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in written
    }
    long = {name: lines for name, lines in lengths.items() if lines > MOST_LINES}
    assert long.keys() <= LONG_FILES.keys(), f"two concepts? {long}"
    assert LONG_FILES.keys() <= long.keys(), "no longer long: take it off the list"


def test_every_module_says_what_it_is():
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


def test_every_folder_of_modules_is_a_package():
    bare = {
        path.parent.relative_to(ROOT).as_posix()
        for path in SOURCES
        if not (path.parent / "__init__.py").exists()
    }
    assert not bare
