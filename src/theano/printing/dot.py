"""Graphs in the language of Graphviz, and the pictures that it makes of them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping

from theano.errors import usage_error

__all__ = ["Drawing", "render"]


def quoted(text: object) -> str:
    """Return a text as a string of the dot language."""
    plain = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'


def attributes(given: Mapping[str, object]) -> str:
    """Return attributes in brackets."""
    return "[" + ", ".join(f"{name}={quoted(value)}" for name, value in given.items()) + "]"


class Drawing:
    """A directed graph that is being written.

    Each node has an identifier of its own and a label, which others may share.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, object]] = {}
        self.edges: list[str] = []
        self.clusters: list[str] = []

    def add_node(self, name: str, **given: object) -> None:
        """Add a node, or say what it looks like once more."""
        self.nodes[name] = given

    def add_edge(self, start: str, end: str, **given: object) -> None:
        """Add an edge between two nodes."""
        self.edges.append(
            f"{start} -> {end} {attributes(given)};" if given else f"{start} -> {end};"
        )

    def add_cluster(self, label: str, names: Iterable[str]) -> None:
        """Draw a border around some nodes."""
        inside = " ".join(f"{name};" for name in names)
        number = len(self.clusters)
        self.clusters.append(
            f"subgraph cluster_{number} {{ graph {attributes({'label': label})}; {inside} }}"
        )

    def source(self) -> str:
        """Return the text of the graph."""
        nodes = [f"{name} {attributes(given)};" for name, given in self.nodes.items()]
        lines = "".join(f"    {line}\n" for line in [*nodes, *self.edges, *self.clusters])
        return f"digraph G {{\n{lines}}}\n"


def render(source: str, format: str) -> bytes:
    """Return the picture of a graph in the dot language.

    Parameters
    ----------
    source : str
    format : str
        ``"svg"``, ``"png"``, ``"pdf"`` …; ``"dot"`` and ``"raw"`` are the text itself.

    Raises
    ------
    RuntimeError
        Graphviz is not installed, or cannot draw this.
    """
    if format in ("dot", "raw"):
        return source.encode()
    program = shutil.which("dot")
    if program is None:
        raise usage_error(
            RuntimeError,
            f"a picture in the format {format!r} needs Graphviz, which is not installed",
            fix="install it, so that the command `dot` is found; or give format='dot', whose text "
            "other programs draw",
        )
    done = subprocess.run([program, f"-T{format}"], input=source.encode(), capture_output=True)
    if done.returncode:
        raise usage_error(
            RuntimeError,
            f"Graphviz made no picture in the format {format!r}",
            got=done.stderr.decode(errors="replace").strip(),
        )
    return done.stdout
