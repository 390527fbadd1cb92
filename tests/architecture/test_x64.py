"""Sixty-four-bit types are switched on for JAX in one place, and they are on."""

from __future__ import annotations

import ast
from pathlib import Path

import jax

import theano  # noqa: F401  (imported for its effect on JAX)

ROOT = Path(__file__).parents[2]


def docstrings(tree: ast.Module) -> set[ast.Constant]:
    """Return the nodes of all docstrings, where the switch may be spoken of."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, owners) and ast.get_docstring(node) is not None
    }


def switches(source: str) -> list[int]:
    """Return the lines that name the switch as a string, an attribute, a name or an import."""
    tree = ast.parse(source)
    spoken_of = docstrings(tree)
    lines = []
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if node not in spoken_of:
                named = text
            case ast.Attribute(attr=text) | ast.Name(id=text) | ast.alias(name=text):
                named = text
            case _:
                continue
        if "enable_x64" in named or "JAX_ENABLE_X64" in named:
            lines.append(node.lineno)
    return lines


def test_one_switch():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        for line in switches(path.read_text("utf-8"))
    ]
    assert len(found) == 1, found


def test_the_switch_is_on():
    assert jax.config.jax_enable_x64


def test_every_way_to_switch_is_seen():
    source = '''
"""jax_enable_x64 in a docstring is no switch."""
jax.config.update("jax_enable_x64", True)
with jax.enable_x64(True): pass
from jax.experimental import enable_x64
os.environ["JAX_ENABLE_X64"] = "1"
'''
    assert sorted(switches(source)) == [3, 4, 5, 6]
