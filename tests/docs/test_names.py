"""Every documented name of Theano's is here, or listed with the reason and the replacement."""

from __future__ import annotations

import fnmatch
import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_names", DOCS / "make_names.py")
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses look for the names in their annotations.
    importlib.sys.modules["make_names"] = module
    spec.loader.exec_module(module)
    yield module
    del importlib.sys.modules["make_names"]


@pytest.fixture(scope="module")
def names(script):
    return script.names()


def test_every_documented_name_is_here_or_listed(names):
    assert len(names) > 1200
    assert [item.name for item in names if not item.home and not item.reason] == []


def test_what_is_listed_as_absent_is(script, names):
    absent = [item.name for item in names if not item.home]
    for entry in script.absences():
        assert entry["reason"]
        assert entry["instead"]
        for pattern in entry["names"]:
            assert fnmatch.filter(absent, pattern), f"{pattern} matches no absent name"


def test_the_page_is_true(script, names):
    assert script.PAGE.read_text("utf-8") == script.page(names), "run python docs/make_names.py"


def test_what_is_not_here_is_not_called_present(script):
    assert script.home_of("theano.tensor.dot") == "theano.tensor.dot"
    assert script.home_of("theano.tensor.extra_ops.cumsum") == "theano.tensor.cumsum"
    assert script.home_of("theano.tensor.no_such_function") == ""
    assert script.home_of("theano.tensor.TensorType.no_such_method") == ""
    assert script.home_of("theano.compile.function.In.variable").endswith("of its objects")
