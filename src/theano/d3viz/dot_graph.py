"""A graph in the language of Graphviz that can be looked through, as pydot's can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from theano.printing.dot import attributes, render

__all__ = ["DotGraph", "Edge", "Node"]


class Node:
    """A node, by its name, with its attributes."""

    def __init__(self, name: str, **given: str) -> None:
        self.name, self.given = name, given

    def get_name(self) -> str:
        """Return its name."""
        return self.name

    def get_attributes(self) -> dict[str, str]:
        """Return its attributes, to read and to change."""
        return self.given

    def get_label(self) -> str | None:
        """Return what stands in it."""
        return self.given.get("label")

    def to_string(self) -> str:
        """Return its line."""
        return f"{self.name} {attributes(self.given)};"


class Edge:
    """An edge between the nodes of two names, with its attributes."""

    def __init__(self, source: str, destination: str, **given: str) -> None:
        self.source, self.destination, self.given = source, destination, given

    def get_source(self) -> str:
        """Return the name of the node that it comes from."""
        return self.source

    def get_destination(self) -> str:
        """Return the name of the node that it goes to."""
        return self.destination

    def get_attributes(self) -> dict[str, str]:
        """Return its attributes, to read and to change."""
        return self.given

    def get_label(self) -> str | None:
        """Return what stands at it."""
        return self.given.get("label")

    def to_string(self) -> str:
        """Return its line."""
        return f"{self.source} -> {self.destination} {attributes(self.given)};"


class DotGraph:
    """A directed graph, with the methods of ``pydot.Dot`` that read and write graphs.

    Parameters
    ----------
    name : str
    keyword : str
        ``"digraph"``, or ``"subgraph"`` for one inside of another.
    """

    def __init__(self, name: str = "G", keyword: str = "digraph") -> None:
        self.name, self.keyword = name, keyword
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []
        self.subgraphs: list[DotGraph] = []

    def get_name(self) -> str:
        """Return its name."""
        return self.name

    def add_node(self, node: Node) -> None:
        """Add a node, in place of one of its name."""
        self.nodes[node.name] = node

    def add_edge(self, edge: Edge) -> None:
        """Add an edge."""
        self.edges.append(edge)

    def add_subgraph(self, graph: DotGraph) -> None:
        """Add a graph inside of this one."""
        self.subgraphs.append(graph)

    def get_node(self, name: str) -> list[Node]:
        """Return the node of a name, in a list; none if there is none."""
        return [self.nodes[name]] if name in self.nodes else []

    def get_nodes(self) -> list[Node]:
        """Return all nodes, without those of graphs inside."""
        return list(self.nodes.values())

    def get_edges(self) -> list[Edge]:
        """Return all edges, without those of graphs inside."""
        return list(self.edges)

    def get_subgraph_list(self) -> list[DotGraph]:
        """Return the graphs inside."""
        return list(self.subgraphs)

    get_subgraphs, get_node_list, get_edge_list = get_subgraph_list, get_nodes, get_edges

    def lines(self, indent: str = "") -> Iterator[str]:
        """Yield the lines of the text."""
        yield f"{indent}{self.keyword} {self.name} {{"
        yield from (f"{indent}    {node.to_string()}" for node in self.nodes.values())
        yield from (f"{indent}    {edge.to_string()}" for edge in self.edges)
        for graph in self.subgraphs:
            yield from graph.lines(f"{indent}    ")
        yield f"{indent}}}"

    def to_string(self) -> str:
        """Return the text."""
        return "\n".join(self.lines()) + "\n"

    __str__ = to_string

    def create(self, prog: Any = None, format: str = "ps") -> bytes:
        """Return the picture that Graphviz draws; for ``"raw"`` the text, which needs no Graphviz.

        Raises
        ------
        RuntimeError
            Graphviz is not installed, or does not know the format.
        """
        return render(self.to_string(), format)

    def create_dot(self) -> bytes:
        """Return the text."""
        return self.create(format="dot")

    def create_svg(self) -> bytes:
        """Return the picture; see ``create``."""
        return self.create(format="svg")

    def create_png(self) -> bytes:
        """Return the picture; see ``create``."""
        return self.create(format="png")

    def write(self, path: str | Path, prog: Any = None, format: str = "raw") -> bool:
        """Write the text, or the picture, to a file; see ``create``."""
        Path(path).write_bytes(self.create(prog, format))
        return True

    def write_dot(self, path: str | Path) -> bool:
        """Write the text to a file."""
        return self.write(path, format="dot")

    def write_svg(self, path: str | Path) -> bool:
        """Write the picture to a file; see ``create``."""
        return self.write(path, format="svg")

    def write_png(self, path: str | Path) -> bool:
        """Write the picture to a file; see ``create``."""
        return self.write(path, format="png")
