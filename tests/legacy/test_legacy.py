"""Import paths of earlier versions: the finder on a made-up package, and the table itself."""

# The imports are what is tested.
# ruff: noqa: PLC0415

from __future__ import annotations

import importlib
import pickle
import pkgutil
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import pytest

from theano import legacy
from theano.legacy import Alias, Gathered, LegacyFinder, Removed

FILES = {
    "__init__.py": """
        from newlib import compiling, edges
        from newlib_finder import finder
        def __getattr__(name):
            if name == "own":
                return "computed"
            raise AttributeError(name)
        finder.install()
    """,
    "draw.py": """
        class Stream: pass
        def sample(): return 4
    """,
    "nodes.py": """
        __all__ = ["Node", "walk"]
        import os
        class Node: pass
        def walk(): return "nodes"
        def _hidden(): return "hidden"
    """,
    "edges.py": """
        __all__ = ["Edge", "walk"]
        class Edge: pass
        def walk(): return "edges"
    """,
    "broken.py": "raise RuntimeError('imported too early')",
    "compiling/__init__.py": """
        from newlib.compiling.maker import function
    """,
    "compiling/maker.py": """
        def function(): return "made"
        def other(): return "other"
    """,
}
ROWS = (
    Gathered("newlib.sandbox"),
    Alias("newlib.sandbox.rng", "newlib.draw"),
    Gathered(
        "newlib.gof",
        homes=("newlib.nodes", "newlib.edges"),
        renamed={"V": "newlib.nodes.Node"},
    ),
    Gathered("newlib.gof.graph", homes=("newlib.nodes",)),
    Gathered("newlib.lazy", homes=("newlib.broken",)),
    Gathered("newlib.compiling.function", homes=("newlib.compiling.maker",), shadowed=True),
    Gathered("newlib.edges", homes=("newlib.nodes",), starred=("Node",)),
    Gathered("newlib.opt", homes=("newlib.nodes",), advice="write rules with newlib.rules"),
    Removed("newlib.sandbox.cuda", advice="use device=cuda"),
)


def run(program):
    command = [sys.executable, "-c", textwrap.dedent(program)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.fixture
def newlib(tmp_path, monkeypatch):
    """Import a package whose earlier paths a finder of its own serves."""
    for name, text in FILES.items():
        path = tmp_path / "newlib" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    finder = LegacyFinder(ROWS)
    module = ModuleType("newlib_finder")
    module.finder = finder
    monkeypatch.setitem(sys.modules, "newlib_finder", module)
    yield importlib.import_module("newlib")
    finder.uninstall()
    for name in [name for name in sys.modules if name.split(".")[0] == "newlib"]:
        del sys.modules[name]


def test_an_alias_is_the_module_itself(newlib):
    import newlib.draw
    import newlib.sandbox.rng as rng

    assert rng is newlib.draw
    assert sys.modules["newlib.sandbox.rng"] is newlib.draw
    assert newlib.draw.__spec__.name == newlib.draw.__name__ == "newlib.draw"


def test_a_plain_import_reaches_old_modules_by_attribute(newlib):
    stream = newlib.sandbox.rng.Stream
    assert stream is importlib.import_module("newlib.draw").Stream
    assert newlib.gof.graph.Node is importlib.import_module("newlib.nodes").Node


def test_from_imports(newlib):
    from newlib.gof import Edge, Node, graph
    from newlib.gof.graph import _hidden, walk
    from newlib.sandbox import rng

    assert (Edge.__module__, Node.__module__) == ("newlib.edges", "newlib.nodes")
    assert (walk(), _hidden()) == ("nodes", "hidden")
    assert graph is sys.modules["newlib.gof.graph"]
    assert rng.sample() == 4


def test_the_first_home_wins_and_renamed_names_are_found(newlib):
    assert newlib.gof.walk() == "nodes"
    assert newlib.gof.V is newlib.gof.Node


def test_star_import_takes_public_names(newlib):
    namespace: dict[str, object] = {}
    exec("from newlib.gof import *", namespace)
    assert {"Node", "walk", "Edge", "V"} <= namespace.keys()
    assert not {"os", "_hidden"} & namespace.keys()
    assert {"Node", "Edge"} <= set(dir(newlib.gof))


def test_star_import_of_a_real_module_takes_its_own_names(newlib):
    namespace: dict[str, object] = {}
    exec("from newlib.edges import *", namespace)
    assert {"Edge", "walk", "Node"} <= namespace.keys()
    assert "os" not in namespace


def test_star_import_of_theano_brings_theano():
    namespace: dict[str, object] = {}
    exec("from theano import *; from theano import theano as itself", namespace)
    assert namespace["theano"] is namespace["itself"] is sys.modules["theano"]
    assert {"function", "tensor", "gof", "np", "os", "sys"} <= namespace.keys()


def test_what_a_gathered_module_no_longer_has_comes_with_advice(newlib):
    from newlib.opt import Node

    assert Node is newlib.nodes.Node
    assert not hasattr(newlib.opt, "fuse")
    with pytest.raises(AttributeError, match=r"newlib\.opt\.fuse is not part(.|\n)*newlib\.rules"):
        newlib.opt.fuse  # noqa: B018
    with pytest.raises(ImportError, match=r"newlib\.opt\.fuse is not part(.|\n)*newlib\.rules"):
        from newlib.opt import fuse  # noqa: F401


def test_homes_are_imported_when_a_name_is_asked_for(newlib):
    import newlib.lazy

    assert not hasattr(newlib.lazy, "__file__")
    assert "newlib.broken" not in sys.modules
    with pytest.raises(RuntimeError, match="too early"):
        _ = newlib.lazy.anything


def test_an_object_keeps_its_name_beside_an_old_module(newlib):
    made = newlib.compiling.function
    import newlib.compiling.function
    from newlib.compiling.function import function, other

    assert newlib.compiling.function is made is function
    assert sys.modules["newlib.compiling.function"].other is other


def test_a_real_module_wins_over_a_row(newlib):
    import newlib.edges

    assert newlib.edges.__file__.endswith("edges.py")
    assert newlib.edges.walk() == "edges"


def test_a_row_gives_a_real_module_the_names_that_it_lacks(newlib):
    from newlib.edges import Node

    assert newlib.edges.Node is Node is importlib.import_module("newlib.nodes").Node
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        _ = newlib.edges.missing


def test_a_module_keeps_its_own_getattr(newlib):
    newlib.finder.install()
    assert newlib.own == "computed"
    assert newlib.sandbox.rng.sample() == 4


@pytest.mark.parametrize("name", ["newlib.sandbox.cuda", "newlib.sandbox.cuda.dnn"])
def test_a_removed_module_says_what_to_do(newlib, name):
    with pytest.raises(ImportError) as caught:
        importlib.import_module(name)
    assert str(caught.value) == (
        "The module newlib.sandbox.cuda is not part of this Theano.\n  fix:      use device=cuda"
    )


def test_a_removed_module_is_no_attribute(newlib):
    assert not hasattr(newlib.sandbox, "cuda")
    with pytest.raises(AttributeError, match="use device=cuda"):
        _ = newlib.sandbox.cuda
    with pytest.raises(ImportError, match="use device=cuda"):
        from newlib.sandbox import cuda  # noqa: F401


@pytest.mark.parametrize("name", ["newlib.nowhere", "newlib.sandbox.nowhere", "newlib.gof.nowhere"])
def test_other_paths_are_not_found(newlib, name):
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(name)
    parent, _, leaf = name.rpartition(".")
    with pytest.raises(AttributeError, match=f"module '{parent}' has no attribute 'nowhere'"):
        getattr(importlib.import_module(parent), leaf)


@pytest.mark.parametrize(
    ("path", "name"), [("newlib.sandbox.rng", "Stream"), ("newlib.gof.graph", "Node")]
)
def test_a_class_is_unpickled_by_its_old_path(newlib, path, name):
    pickled = f"c{path}\n{name}\n.".encode()
    assert pickle.loads(pickled) is getattr(sys.modules[path], name)


def test_installing_twice_adds_one_finder():
    finder = LegacyFinder(())
    finder.install()
    finder.install()
    assert sys.meta_path.count(finder) == 1
    finder.uninstall()
    assert finder not in sys.meta_path


HOMES = sorted(
    {row.home for row in legacy.TABLE if isinstance(row, Alias)}
    | {home for row in legacy.TABLE if isinstance(row, Gathered) for home in row.homes}
)
RENAMED = sorted(
    {new for row in legacy.TABLE if isinstance(row, Gathered) for new in row.renamed.values()}
)
SERVED = [row.path for row in legacy.TABLE if not isinstance(row, Removed)]


@pytest.mark.parametrize("home", HOMES)
def test_every_home_of_the_table_is_a_module(home):
    importlib.import_module(home)


@pytest.mark.parametrize("new", RENAMED)
def test_every_new_name_of_the_table_exists(new):
    assert pkgutil.resolve_name(new) is not None


def test_each_path_has_one_row_and_parents_that_hold_it():
    rows = {row.path: row for row in legacy.TABLE}
    assert len(rows) == len(legacy.TABLE)
    for path in rows:
        parent = rows.get(path.rpartition(".")[0])
        assert parent is None or isinstance(parent, Gathered), f"{path} is below {parent}"


def test_each_path_is_reached_by_attribute_and_imported():
    # One process, as each import of the whole package takes a second.
    run(f"""
        import importlib, sys, theano
        from operator import attrgetter
        wrong = []
        for path in {[path for path in SERVED if path != "theano"]!r}:
            try:
                before = attrgetter(path.removeprefix("theano."))(theano)
                module = importlib.import_module(path)
                after = attrgetter(path.removeprefix("theano."))(theano)
                assert before is after, f"{{before}} became {{after}}"
                assert before is module or not isinstance(before, type(sys)), (before, module)
                assert dir(module)
            except Exception as error:
                wrong.append(f"{{path}}: {{error!r}}")
        assert not wrong, "\\n" + "\\n".join(wrong)
    """)


MODULE_PATHS = Path(__file__).parents[1] / "data" / "module_paths.txt"
"""Modules of Theano 0.6 to 1.0.5 that its documentation names or public programs import."""
ROWS_BY_PATH = {row.path: row for row in legacy.TABLE}
UNBUILT = {
    "theano.sparse.sandbox.sp",
    "theano.sparse.sandbox.sp2",
}
"""Whose families are not in this package yet."""


@pytest.mark.parametrize("path", sorted(set(MODULE_PATHS.read_text().split()) - UNBUILT))
def test_each_module_that_programs_import_is_here_or_has_advice(path):
    if isinstance(ROWS_BY_PATH.get(path), Removed):
        with pytest.raises(ImportError, match=r"is not part of this Theano.*\n +fix: "):
            importlib.import_module(path)
    else:
        assert isinstance(importlib.import_module(path), ModuleType)


def test_each_name_of_each_path_is_the_same_object_by_all_ways():
    run(f"""
        import importlib, keyword, pickle, theano
        wrong = []
        for path in {SERVED!r}:
            module = importlib.import_module(path)
            for name in dir(module):
                if name.startswith("_") or keyword.iskeyword(name):
                    continue
                try:
                    value = getattr(module, name)
                    # Modules are told apart by their path, and are not pickled.
                    if isinstance(value, type(theano)):
                        continue
                    namespace = {{}}
                    exec(f"from {{path}} import {{name}}", namespace)
                    unpickled = pickle.loads(f"c{{path}}\\n{{name}}\\n.".encode())
                    for one in (namespace[name], unpickled):
                        # Bound methods are equal, and not the same.
                        assert one is value or (callable(one) and one == value)
                    if isinstance(value, type) and value.__module__.startswith("theano."):
                        assert pickle.loads(pickle.dumps(value)) is value
                except Exception as error:
                    wrong.append(f"{{path}}.{{name}}: {{error!r}}")
        assert not wrong, "\\n" + "\\n".join(wrong)
    """)


def test_modules_are_attributes_before_anybody_imports_them():
    program = "import theano; print(theano.tensor.nnet.neighbours.__name__, theano.tensor.xlogx)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.startswith("theano.tensor.nnet.neighbours <module 'theano.tensor.xlogx'"), run


def test_the_streams_of_old_programs():
    program = """
        import pickle, theano
        streams = theano.sandbox.rng_mrg.MRG_RandomStreams
        assert streams is theano.random.MRG_RandomStreams
        assert streams is pickle.loads(b"ctheano.sandbox.rng_mrg\\nMRG_RandomStreams\\n.")
        from theano.compile.function import function
        import theano.compile.function
        assert theano.compile.function is function is theano.function
        from theano.gof import Apply, Op, Variable
        assert theano.gof.Op is theano.Op is theano.gof.op.Op
        from theano.configparser import change_flags
        assert theano.configparser.config is theano.config is theano.configdefaults.config
    """
    run(program)
