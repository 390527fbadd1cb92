"""Databases of rules: ``optdb``, and those that programs make."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from math import inf
from typing import Any

from theano.errors import usage_error
from theano.legacy.gof.equilibrium import EquilibriumOptimizer
from theano.legacy.gof.global_rules import Optimizer, SeqOptimizer
from theano.legacy.gof.local_rules import LocalOptGroup, LocalOptimizer, as_node_rewriter
from theano.legacy.gof.navigators import TopoOptimizer
from theano.options import config
from theano.rewriting import Query
from theano.rewriting.rule import GraphRewriter, NodeRewriter

__all__ = [
    "DB",
    "EquilibriumDB",
    "LocalGroupDB",
    "ProxyDB",
    "Query",
    "SequenceDB",
    "TopoDB",
    "is_local",
    "query_of",
]


def is_local(rule: Any) -> bool:
    """Whether a rule is one about nodes."""
    return isinstance(rule, NodeRewriter) or hasattr(rule, "transform")


def query_of(tags: Iterable[Any]) -> Query:
    """Return the query that some tags mean, or the one query among them.

    ``"+a"`` includes, ``"-a"`` excludes and ``"&a"`` requires.

    Raises
    ------
    ValueError
        A tag has no sign.
    """
    tags = list(tags)
    if tags and isinstance(tags[0], Query):
        if len(tags) > 1:
            raise TypeError("a Query stands for all tags: give it alone")
        return tags[0]
    if any(not tag.startswith(("+", "-", "&")) for tag in tags):
        raise ValueError(f"each tag must begin with '+', '-' or '&', got {tags}")
    chosen = {sign: frozenset(tag[1:] for tag in tags if tag[0] == sign) for sign in "+&-"}
    return Query(chosen["+"], chosen["&"], chosen["-"])


class DB:
    """Rules by name, each with tags; ``name`` is what it is called in another one."""

    name: str | None = None

    def __init__(self) -> None:
        self._rules: dict[str, Any] = {}
        self._tags: dict[str, set[str]] = {}

    def register(
        self, name: str, obj: Any, *tags: str, use_db_name_as_tag: bool = True, **kwargs: Any
    ) -> None:
        """Add a rule, or a database of rules.

        Parameters
        ----------
        name : str
            Must be new, and no tag.
        obj : Optimizer, LocalOptimizer or DB
        *tags : str
            What queries find it by; none may be the name of a rule.
        use_db_name_as_tag : bool
            Whether the name of the database is a tag too.

        Raises
        ------
        ValueError
            A name is taken.
        TypeError
            ``obj`` is no rule.
        """
        if not isinstance(obj, (DB, Optimizer, LocalOptimizer, NodeRewriter, GraphRewriter)):
            raise usage_error(
                TypeError,
                f"something that is no rewrite rule was registered as `{name}`",
                expected="an Optimizer, a LocalOptimizer or a DB",
                got=obj,
            )
        if name in self:
            raise ValueError(f"The name {name!r} is that of another rule, or a tag")
        self._rules[name] = obj
        self._tags[name] = {name, type(obj).__name__}
        if not isinstance(obj, (NodeRewriter, GraphRewriter)):
            obj.name = name
        if use_db_name_as_tag and self.name is not None:
            tags = (*tags, self.name)
        try:
            self.add_tags(name, *tags)
        except ValueError:
            del self._rules[name], self._tags[name]
            raise

    def add_tags(self, name: str, *tags: str) -> None:
        """Give more tags to a rule.

        Raises
        ------
        ValueError
            A tag is the name of a rule.
        """
        for tag in tags:
            if tag in self._rules and tag != name:
                raise ValueError(f"The tag {tag!r} is the name of a rule")
            self._tags[name].add(tag)

    def remove_tags(self, name: str, *tags: str) -> None:
        """Take tags away from a rule."""
        self._tags[name].difference_update(tags)

    def chosen(self, query: Query) -> list[tuple[str, Any]]:
        """Return the rules that a query chooses, with their names, databases made into rules."""
        found = []
        for name, rule in self._rules.items():
            if query.selects(frozenset(self._tags[name])):
                found.append((name, rule.query(query) if isinstance(rule, DB) else rule))
        return found

    def query(self, *tags: Any, **kwtags: Any) -> Any:
        """Return the rules that some tags, or a Query, choose."""
        return [rule for _, rule in self.chosen(query_of(tags))]

    def __getitem__(self, name: str) -> Any:
        if name not in self._rules:
            raise KeyError(f"there is no rewrite rule of the name {name!r}")
        return self._rules[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rules or any(name in tags for tags in self._tags.values())

    def print_summary(self, stream: Any = sys.stdout) -> None:
        """Write the names of the rules, with their tags."""
        print(f"{type(self).__name__} {self.name or ''}", file=stream)
        for name, tags in self._tags.items():
            print(f"  {name}: {', '.join(sorted(tags - {name}))}", file=stream)


class EquilibriumDB(DB):
    """Rules that are applied until none has anything left to say."""

    def __init__(self, ignore_newtrees: bool = True, tracks_on_change_inputs: bool = False) -> None:
        super().__init__()
        self.ignore_newtrees = ignore_newtrees
        self._last: dict[str, str] = {}

    def register(
        self,
        name: str,
        obj: Any,
        *tags: str,
        final_opt: bool = False,
        cleanup: bool = False,
        **kwargs: Any,
    ) -> None:
        """Add a rule; ``final_opt`` and ``cleanup`` apply it when the others have come to rest."""
        if final_opt and cleanup:
            raise ValueError("a rule is final_opt or cleanup, not both")
        super().register(name, obj, *tags, **kwargs)
        if final_opt or cleanup:
            self._last[name] = "final" if final_opt else "cleanup"

    def query(self, *tags: Any, **kwtags: Any) -> EquilibriumOptimizer:
        """Return the chosen rules as one."""
        chosen = self.chosen(query_of(tags))
        return EquilibriumOptimizer(
            [rule for name, rule in chosen if name not in self._last],
            max_use_ratio=config.optdb.max_use_ratio,
            ignore_newtrees=self.ignore_newtrees,
            final_optimizers=[rule for name, rule in chosen if self._last.get(name) == "final"],
            cleanup_optimizers=[rule for name, rule in chosen if self._last.get(name) == "cleanup"],
        )


class SequenceDB(DB):
    """Rules about graphs that are applied once each, in the order of their positions."""

    seq_opt = SeqOptimizer

    def __init__(self, failure_callback: Any = SeqOptimizer.warn) -> None:
        super().__init__()
        self.failure_callback = failure_callback
        self.__position__: dict[str, float] = {}

    def register(
        self, name: str, obj: Any, position: float | str = "last", *tags: str, **kwargs: Any
    ) -> None:
        """Add a rule at a position, a number or "last"."""
        place = self.place(position)
        super().register(name, obj, *tags, **kwargs)
        self.__position__[name] = place

    def place(self, position: float | str) -> float:
        """Return a position as a number.

        Raises
        ------
        TypeError
            It is neither a number nor "last".
        """
        if position == "last":
            return max(self.__position__.values(), default=-1.0) + 1
        if isinstance(position, bool) or not isinstance(position, (int, float)):
            raise usage_error(
                TypeError,
                "a rewrite rule was registered at something that is no position",
                expected='a number, or "last"; tags come behind it',
                got=position,
            )
        return float(position)

    def query(self, *tags: Any, position_cutoff: float = inf, **kwtags: Any) -> SeqOptimizer:
        """Return the chosen rules, those before ``position_cutoff``, as one."""
        query = query_of(tags)
        placed = [
            (self.__position__[name], name, rule)
            for name, rule in self.chosen(query)
            if self.__position__[name] < position_cutoff
        ]
        placed += [(place, str(rule), rule) for rule, place in query.extra]
        placed.sort(key=lambda one: one[:2])
        return self.seq_opt(
            *(rule for _, _, rule in placed), failure_callback=self.failure_callback
        )


class LocalGroupDB(DB):
    """Rules about nodes, of which the first that answers counts; ``position`` orders them."""

    def __init__(
        self, apply_all_opts: bool = False, local_opt: Any = LocalOptGroup, **kwargs: Any
    ) -> None:
        super().__init__()
        self.apply_all_opts = apply_all_opts
        self.local_opt = local_opt
        self.__position__: dict[str, float] = {}

    def register(
        self, name: str, obj: Any, *tags: str, position: float | str = "last", **kwargs: Any
    ) -> None:
        """Add a rule."""
        super().register(name, obj, *tags, **kwargs)
        self.__position__[name] = inf if position == "last" else float(position)

    def query(self, *tags: Any, **kwtags: Any) -> Any:
        """Return the chosen rules as one."""
        chosen = sorted(self.chosen(query_of(tags)), key=lambda one: self.__position__[one[0]])
        return self.local_opt(
            *(as_node_rewriter(rule) for _, rule in chosen), apply_all_opts=self.apply_all_opts
        )


class TopoDB(DB):
    """What a database of rules about nodes chooses, led through the graph once."""

    def __init__(
        self,
        db: DB,
        order: str = "in_to_out",
        ignore_newtrees: bool | str = False,
        failure_callback: Any = None,
    ) -> None:
        super().__init__()
        self.db, self.order = db, order
        self.ignore_newtrees, self.failure_callback = ignore_newtrees, failure_callback

    def query(self, *tags: Any, **kwtags: Any) -> TopoOptimizer:
        """Return what leads the chosen rules."""
        chosen = self.db.query(*tags)
        return TopoOptimizer(chosen, self.order, self.ignore_newtrees, self.failure_callback)


class ProxyDB(DB):
    """Another database, under a second name."""

    def __init__(self, db: DB) -> None:
        super().__init__()
        self.db = db

    def query(self, *tags: Any, **kwtags: Any) -> Any:
        """Return what the other one chooses."""
        return self.db.query(*tags, **kwtags)
