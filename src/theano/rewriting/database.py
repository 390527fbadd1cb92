"""Where rules are kept, and how those of one run are chosen by their tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

from theano.errors import usage_error
from theano.rewriting.rule import (
    DEFAULT_DEPTH,
    GraphFunction,
    GraphRewriter,
    NodeFunction,
    NodeRewriter,
    Tracked,
)

CANONICALIZE = "canonicalize"
"""One form for what can be said in several ways, so that later rules need to know only one."""
STABILIZE = "stabilize"
"""The same value, computed so that rounding and overflow do less harm."""
SPECIALIZE = "specialize"
"""Forms that run faster; earlier rules would not recognise them."""

POSITIONS = {CANONICALIZE: 1.0, STABILIZE: 1.5, SPECIALIZE: 2.0}
"""The numbers by which programs that were written for Theano know the stages."""

STAGES = (CANONICALIZE, STABILIZE, SPECIALIZE)
DEFAULT_TAGS = ("fast_run",)

Rewriter = NodeRewriter | GraphRewriter


@dataclass(frozen=True)
class Query:
    """Which rules take part, by tags. A rule's name, and in each stage that stage's, are tags too.

    Attributes
    ----------
    include : frozenset of str
        A rule takes part that has at least one of these tags,
    require : frozenset of str
        all of these,
    exclude : frozenset of str
        and none of these.
    extra : tuple
        Rules that take part besides, and are in no database: pairs of a ``GraphRewriter`` and a
        position, see ``RewriteDatabase.stage_at``.

    Notes
    -----
    The tags may be given as any iterable, or None for none.
    """

    include: frozenset[str] = frozenset(DEFAULT_TAGS)
    require: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    extra: tuple[tuple[GraphRewriter, float], ...] = ()

    def __post_init__(self) -> None:
        for field in ("include", "require", "exclude"):
            object.__setattr__(self, field, frozenset(getattr(self, field) or ()))

    def including(self, *tags: str) -> Query:
        """Return a query that lets rules with any of ``tags`` in as well."""
        return replace(self, include=self.include.union(tags))

    def requiring(self, *tags: str) -> Query:
        """Return a query that keeps only rules with all of ``tags``."""
        return replace(self, require=self.require.union(tags))

    def excluding(self, *tags: str) -> Query:
        """Return a query that leaves rules with any of ``tags`` out."""
        return replace(self, exclude=self.exclude.union(tags))

    def registering(self, *extra: tuple[GraphRewriter, float]) -> Query:
        """Return a query with more rules that are in no database, each with a position."""
        return replace(self, extra=(*self.extra, *extra))

    def selects(self, tags: frozenset[str]) -> bool:
        """Whether a rule with these tags takes part."""
        return bool(tags & self.include) and self.require <= tags and not tags & self.exclude


@dataclass(frozen=True)
class StageRules:
    """The rules of one stage that a query chose, in the order of their registration."""

    name: str
    node_rules: tuple[NodeRewriter, ...]
    graph_rules: tuple[GraphRewriter, ...]


@dataclass(frozen=True)
class _Entry:
    rewriter: Rewriter
    stages: tuple[str, ...]
    tags: frozenset[str]


class RewriteDatabase:
    """Rules by name, each with its stages and tags.

    Parameters
    ----------
    stages : sequence of str
        Their names, in the order in which they run.
    """

    def __init__(self, stages: Sequence[str] = STAGES) -> None:
        self.stages: list[str] = list(stages)
        self._positions: dict[str, float] = {
            stage: position for stage, position in POSITIONS.items() if stage in self.stages
        }
        self._entries: dict[str, _Entry] = {}

    def add_stage(self, name: str, *, after: str) -> None:
        """Add a stage that runs right after another one.

        Raises
        ------
        ValueError
            There is a stage of this name already.
        KeyError
            There is no stage ``after``.
        """
        if name in self.stages:
            raise ValueError(f"there is a stage {name!r} already")
        self._check_stages((after,))
        self.stages.insert(self.stages.index(after) + 1, name)

    def stage_at(self, position: float) -> str:
        """Return the stage at a number, as programs say when a rule runs; make it if need be.

        ``POSITIONS`` has the numbers of the stages that are always there. A stage that was added
        ``after`` one of them belongs to its number.
        """
        for stage, known in self._positions.items():
            if known == position:
                return stage
        new = f"position {position:g}"
        self.stages.insert(self._index(position, self.stages), new)
        self._positions[new] = position
        return new

    def _index(self, position: float, stages: Sequence[str]) -> int:
        """Return the place among ``stages`` of one at ``position``."""
        for i, stage in enumerate(stages):
            if self._positions.get(stage, -inf) > position:
                return i
        return len(stages)

    def register(
        self,
        name: str,
        rewriter: Rewriter,
        *tags: str,
        stage: str | Sequence[str] = CANONICALIZE,
    ) -> None:
        """Add a rule.

        Parameters
        ----------
        name : str
            Must be new.
        rewriter : NodeRewriter or GraphRewriter
            The rule. Its own name, where it differs from ``name``, becomes a tag.
        *tags : str
            What queries find it by, such as "fast_run" (the rules of the default mode) or
            "fast_compile" (the few that pay even where compiling has to be quick).
        stage : str or sequence of str
            When it runs.

        Raises
        ------
        ValueError
            There is a rule of this name already.
        KeyError
            There is no such stage.
        TypeError
            ``rewriter`` is no rule.
        """
        stages = (stage,) if isinstance(stage, str) else tuple(stage)
        self._check_stages(stages)
        if not isinstance(rewriter, (NodeRewriter, GraphRewriter)):
            raise usage_error(
                TypeError,
                f"something that is no rewrite rule was registered as `{name}`",
                expected="a NodeRewriter or a GraphRewriter",
                got=rewriter,
                fix="decorate the function with node_rewriter or graph_rewriter",
            )
        if name in self._entries:
            raise usage_error(
                ValueError,
                f"two rewrite rules were registered as `{name}`",
                expected="a new name",
                fix="give one of them another name, or `remove` the first",
            )
        own_tags = frozenset({name, rewriter.name, *tags})
        self._entries[name] = _Entry(rewriter, stages, own_tags)

    def remove(self, name: str) -> None:
        """Take a rule out.

        Raises
        ------
        KeyError
            There is none of this name.
        """
        self._entry(name)
        del self._entries[name]

    def add_tags(self, name: str, *tags: str) -> None:
        """Give more tags to a rule."""
        entry = self._entry(name)
        self._entries[name] = replace(entry, tags=entry.tags.union(tags))

    def remove_tags(self, name: str, *tags: str) -> None:
        """Take tags away from a rule."""
        entry = self._entry(name)
        self._entries[name] = replace(entry, tags=entry.tags.difference(tags))

    def query(
        self,
        query: Query | None = None,
        *,
        including: Iterable[str] = (),
        excluding: Iterable[str] = (),
    ) -> list[StageRules]:
        """Return the chosen rules, stage by stage; stages without any are left out.

        Parameters
        ----------
        query : Query, optional
            Where to start from; by default the rules tagged "fast_run".
        including, excluding : iterable of str
            Tags to add to the query.
        """
        wanted = (query or Query()).including(*including).excluding(*excluding)
        stages = list(self.stages)
        alone: dict[str, GraphRewriter] = {}
        for rule, position in sorted(wanted.extra, key=lambda pair: pair[1]):
            stage = f"{rule.name} at {position:g}"
            stages.insert(self._index(position, stages), stage)
            alone[stage] = rule
        found = []
        for stage in stages:
            rules = [
                entry.rewriter
                for entry in self._entries.values()
                if stage in entry.stages and wanted.selects(entry.tags | {stage})
            ]
            if stage in alone:
                rules = [alone[stage]]
            if rules:
                node_rules = tuple(rule for rule in rules if isinstance(rule, NodeRewriter))
                graph_rules = tuple(
                    rule.for_query(wanted) for rule in rules if isinstance(rule, GraphRewriter)
                )
                found.append(StageRules(stage, node_rules, graph_rules))
        return found

    def __getitem__(self, name: str) -> Rewriter:
        return self._entry(name).rewriter

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def _entry(self, name: str) -> _Entry:
        if name not in self._entries:
            raise KeyError(f"there is no rewrite rule of the name {name!r}")
        return self._entries[name]

    def _check_stages(self, stages: Iterable[str]) -> None:
        for stage in stages:
            if stage not in self.stages:
                raise KeyError(f"there is no stage {stage!r}, only {', '.join(self.stages)}")


optdb = RewriteDatabase()
"""The rules that compiled functions go through."""


def node_rewriter(
    tracks: Iterable[Tracked] | None = None,
    *,
    stage: str | Sequence[str] | None = None,
    tags: Iterable[str] = DEFAULT_TAGS,
    name: str | None = None,
    depth: int = DEFAULT_DEPTH,
    database: RewriteDatabase = optdb,
) -> Callable[[NodeFunction], NodeRewriter]:
    """Make a rule of a function from the graph and a node to a replacement.

    Parameters
    ----------
    tracks : iterable of Op classes and Op instances, optional
        The nodes that the rule is asked about; all of them by default.
    stage : str or sequence of str, optional
        When it runs. Without a stage the rule is made but not registered.
    tags : iterable of str
        What queries find it by.
    name : str, optional
        By default that of the function.
    depth : int
        How many levels of the graph, the node's own included, the rule looks at.
    database : RewriteDatabase
        Where it is registered.
    """

    def decorate(function: NodeFunction) -> NodeRewriter:
        rule = NodeRewriter(name or _name_of(function), function, tracks, depth)
        if stage is not None:
            database.register(rule.name, rule, *tags, stage=stage)
        return rule

    return decorate


def graph_rewriter(
    *,
    stage: str | Sequence[str] | None = None,
    tags: Iterable[str] = DEFAULT_TAGS,
    name: str | None = None,
    database: RewriteDatabase = optdb,
) -> Callable[[GraphFunction], GraphRewriter]:
    """Make a rule of a function that changes a whole graph; parameters as in ``node_rewriter``."""

    def decorate(function: GraphFunction) -> GraphRewriter:
        rule = GraphRewriter(name or _name_of(function), function)
        if stage is not None:
            database.register(rule.name, rule, *tags, stage=stage)
        return rule

    return decorate


def _name_of(function: Callable[..., object]) -> str:
    name: str = getattr(function, "__name__", type(function).__name__)
    return name
