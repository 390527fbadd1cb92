"""The layers: the contracts in pyproject.toml hold, leave nothing out, and are not gone round."""

from __future__ import annotations

import tomllib
from pathlib import Path

import grimp
import pytest
from importlinter import cli as importlinter

ROOT = Path(__file__).parents[2]
PYPROJECT = ROOT / "pyproject.toml"
# They gather names from several layers, so a module that goes in through them has no layer to see.
FRONT_DOORS = {"theano", "theano.tensor"}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("theano", exclude_type_checking_imports=True, cache_dir=None)


@pytest.fixture(scope="module")
def layers() -> set[str]:
    contracts = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (lines,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip(" ()") for line in lines for name in line.replace("|", ":").split(":")}


def test_the_contracts_hold(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert (
        importlinter.lint_imports(no_cache=True, no_logo=True) == importlinter.EXIT_STATUS_SUCCESS
    ), capsys.readouterr().out


def test_every_module_has_a_layer(imports, layers):
    outside = {
        module
        for module in imports.modules - FRONT_DOORS
        if not any(module == layer or module.startswith(f"{layer}.") for layer in layers)
    }
    assert not outside


def test_nothing_inside_goes_in_through_a_front_door(imports):
    """`theano` may use `theano.tensor`, and the command line, which is outermost, uses both."""
    entering = [
        f"{importer} imports {door}"
        for door in sorted(FRONT_DOORS)
        for importer in sorted(imports.find_modules_that_directly_import(door))
        if importer not in FRONT_DOORS and not importer.startswith("theano.cli")
    ]
    assert not entering
