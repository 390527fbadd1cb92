"""The driver: applies rules to a graph until none of them has anything left to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Any

from theano.errors import InconsistencyError
from theano.graph.apply import Apply
from theano.graph.function_graph import Feature, FunctionGraph
from theano.graph.ordering import toposort
from theano.graph.variable import Variable
from theano.rewriting.database import Query, RewriteDatabase, optdb
from theano.rewriting.report import OnError, Report, StageStatistics, check_on_error, complain
from theano.rewriting.rule import GraphRewriter, NodeRewriter, RuleIndex

MAX_USE_RATIO = 8.0
MIN_NODES = 50
MAX_ROUNDS = 25
MAX_FANOUT = 64
NEARBY = 100
CULPRITS = 16


class _Changes(Feature):
    """Collects the nodes that came in, and those that got a new input, since the last ``take``."""

    def __init__(self) -> None:
        self.count = 0
        self.imported: list[Apply] = []
        self.changed: list[Apply] = []

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        self.imported.append(node)

    def on_change_input(
        self,
        fgraph: FunctionGraph,
        node: Apply | str,
        i: int,
        old: Variable,
        new: Variable,
        reason: Any = None,
    ) -> None:
        self.count += 1
        if isinstance(node, Apply):
            self.changed.append(node)

    def take(self) -> tuple[list[Apply], list[Apply]]:
        imported, changed = self.imported, self.changed
        self.imported, self.changed = [], []
        return imported, changed


class _History:
    """How a node came to be: the rule, what that rule replaced, and how long the story is."""

    __slots__ = ("before", "length", "rule")

    def __init__(self, rule: str, before: _History | None) -> None:
        self.rule = rule
        self.before = before
        self.length: int = 1 if before is None else before.length + 1

    def last_rules(self, n: int) -> list[str]:
        """Return the names of the rules of the last ``n`` steps, each once, latest first."""
        names: dict[str, None] = {}
        step: _History | None = self
        for _ in range(n):
            if step is None:
                break
            names[step.rule] = None
            step = step.before
        return list(names)


class Equilibrium:
    """Applies rules to one graph until nothing changes any more.

    A round asks the graph rules first, then every node, inputs before their users. Where a node
    is replaced, the nodes that came in and those that use them are asked next, so that a place is
    in its final form before the walk goes on. Rounds follow until one changes nothing: that
    last one makes up for rules that look further than their ``depth`` says. The order is the same
    in every run.

    Rules that never come to an end are stopped, with a warning that names them.

    Parameters
    ----------
    node_rules : iterable of NodeRewriter
        Asked in this order; the first that answers wins.
    graph_rules : iterable of GraphRewriter
        Called in this order.
    on_error : {"warn", "raise", "ignore"}
        What to do about a rule that is wrong. The graph is left as it was at that place.
    max_use_ratio : float
        How many times one rule may be applied, per node of the graph.
    min_nodes : int
        A graph of fewer nodes counts as one of so many.
    report : Report, optional
        Where to count.
    """

    def __init__(
        self,
        node_rules: Iterable[NodeRewriter],
        graph_rules: Iterable[GraphRewriter] = (),
        *,
        on_error: OnError = "warn",
        max_use_ratio: float = MAX_USE_RATIO,
        min_nodes: int = MIN_NODES,
        report: Report | None = None,
    ) -> None:
        check_on_error(on_error)
        self.node_rules = RuleIndex(node_rules)
        self.graph_rules = list(graph_rules)
        self.on_error = on_error
        self.max_use_ratio = max_use_ratio
        self.min_nodes = min_nodes
        self.report = Report() if report is None else report

    def run(self, fgraph: FunctionGraph) -> Report:
        """Apply the rules to ``fgraph`` and return the report.

        Raises
        ------
        RewriteError
            A rule is wrong, and ``on_error`` is "raise".
        """
        _Run(self, fgraph).run()
        return self.report


class _Run:
    """One run of an ``Equilibrium``: its work list and its bounds."""

    def __init__(self, driver: Equilibrium, fgraph: FunctionGraph) -> None:
        self.fgraph = fgraph
        self.index = driver.node_rules
        self.graph_rules = driver.graph_rules
        self.on_error: OnError = driver.on_error
        self.report = driver.report
        self.changes = _Changes()
        self.depth = max((rule.depth for rule in self.index.rules), default=0)
        n_nodes = len(fgraph.apply_nodes)
        # Moving an operation through a long chain takes a step, and perhaps a second one to tidy
        # up, at each of its nodes; a longer story about one place is a loop.
        self.max_history = 2 * n_nodes + 200
        self.max_uses = driver.max_use_ratio * max(n_nodes, driver.min_nodes)
        self.uses: dict[str, int] = {}
        self.histories: dict[Apply, _History] = {}
        self.stopped: set[str] = set()
        self.complained: set[str] = set()
        self.stack: list[Apply] = []
        self.waiting: set[Apply] = set()

    def run(self) -> None:
        self.fgraph.attach_feature(self.changes)
        try:
            for round_ in range(MAX_ROUNDS):
                before = self.changes.count
                applied_before = self.report.applied
                for rule in self.graph_rules:
                    if round_ == 0 or not rule.once:
                        self._apply_graph_rule(rule)
                self.changes.take()
                self._push(self.fgraph.toposort())
                self._drain()
                if self.changes.count == before:
                    return
            restless = [n for n, k in self.report.applied.items() if k != applied_before.get(n)]
            complain(self.on_error, restless, f"still changed the graph in round {MAX_ROUNDS}")
        finally:
            self.fgraph.remove_feature(self.changes)

    def _push(self, nodes: Sequence[Apply]) -> None:
        """Put ``nodes`` on top of the stack, the first of them uppermost."""
        for node in reversed(nodes):
            if node not in self.waiting:
                self.waiting.add(node)
                self.stack.append(node)

    def _drain(self) -> None:
        while self.stack:
            node = self.stack.pop()
            self.waiting.discard(node)
            if node not in self.fgraph.apply_nodes:
                continue
            for rule in self.index[node.op]:
                if rule.name not in self.stopped and self._apply_node_rule(rule, node):
                    break

    def _apply_node_rule(self, rule: NodeRewriter, node: Apply) -> bool:
        """Ask ``rule`` about ``node``; return whether the graph changed."""
        statistics = self.report.of(rule.name)
        statistics.tried += 1
        before = self.changes.count
        pairs: list[tuple[Variable, Variable]] = []
        start = perf_counter()
        try:
            pairs = self._checked(rule.propose(self.fgraph, node))
            for _, new in pairs:
                if new not in self.fgraph.variables:
                    new.source = node.source
            # Features may forbid a change; then nothing of it is left.
            self.fgraph.replace_all_validate(pairs, reason=rule.name)
        except Exception as error:
            self._failed(rule, node, error)
            if all(self.fgraph.clients.get(old) for old, _ in pairs):
                # Nothing was replaced, or a feature has undone it.
                self.changes.take()
                self.changes.count = before
        statistics.seconds += perf_counter() - start
        if self.changes.count == before:
            return False
        statistics.applied += 1
        imported, changed = self.changes.take()
        history = _History(rule.name, self.histories.get(node))
        for new_node in imported:
            new_node.set_source(node.source)
            self.histories[new_node] = history
        self._push([*imported, *self._neighbourhood(changed), node])
        self._check_bounds(rule, node, history)
        return True

    def _checked(self, pairs: list[tuple[Variable, Variable]]) -> list[tuple[Variable, Variable]]:
        """Return the pairs that change something, or raise before any of them is carried out."""
        checked = []
        for old, new in pairs:
            if not self.fgraph.clients.get(old):
                continue
            converted = new if new.type == old.type else old.type.convert_variable(new)
            if converted is None:
                raise InconsistencyError(
                    f"it would change the type of {old} from {old.type} to {new.type}"
                )
            if self._depends_on_users_of(converted, old):
                raise InconsistencyError(f"{old} would be computed from what is computed from it")
            checked.append((old, converted))
        return checked

    def _depends_on_users_of(self, new: Variable, old: Variable) -> bool:
        """Whether replacing ``old`` by ``new`` would close a cycle.

        The usual replacement is made of things found a few steps behind ``old``, which settles the
        question; only if it is not does the walk go through all that ``new`` depends on.
        """
        in_graph = self.fgraph.variables
        taken = [new] if new in in_graph else []
        for node in toposort([new], in_graph):
            taken += [v for v in node.inputs if v in in_graph]
        unsettled = {v for v in taken if v.owner not in (None, old.owner)}
        behind = [] if old.owner is None else list(dict.fromkeys(old.owner.inputs))
        unsettled.difference_update(behind)
        seen = set(behind)
        for variable in behind:  # grows as it is walked
            if not unsettled or len(seen) > NEARBY:
                break
            new_inputs = [] if variable.owner is None else variable.owner.inputs
            behind += [v for v in dict.fromkeys(new_inputs) if v not in seen]
            seen.update(new_inputs)
            unsettled.difference_update(new_inputs)
        return any(old in node.inputs for node in toposort(unsettled))

    def _neighbourhood(self, changed: Sequence[Apply]) -> list[Apply]:
        """Return ``changed`` and the users of them that rules may see them from."""
        found = dict.fromkeys(changed)
        frontier = list(found)
        for _ in range(self.depth - 2):
            above: dict[Apply, None] = {}
            for node in frontier:
                for output in node.outputs:
                    clients = self.fgraph.clients.get(output, {})
                    if len(clients) <= MAX_FANOUT:
                        above.update((c, None) for c, _ in clients if isinstance(c, Apply))
            frontier = [node for node in above if node not in found]
            found.update(dict.fromkeys(frontier))
        return list(found)

    def _check_bounds(self, rule: NodeRewriter, node: Apply, history: _History) -> None:
        self.uses[rule.name] = self.uses.get(rule.name, 0) + 1
        if history.length <= self.max_history and self.uses[rule.name] <= self.max_uses:
            return
        culprits = history.last_rules(CULPRITS)
        self.stopped.update(culprits)
        what = "did not come to an end and was stopped"
        if len(culprits) > 1:
            what = "undo each other's work without end and were stopped"
        complain(self.on_error, culprits, what, node=node)

    def _apply_graph_rule(self, rule: GraphRewriter) -> None:
        statistics = self.report.of(rule.name)
        statistics.tried += 1
        before = self.changes.count
        start = perf_counter()
        try:
            rule(self.fgraph)
        except Exception as error:
            self._failed(rule, None, error)
        statistics.seconds += perf_counter() - start
        if self.changes.count != before:
            statistics.applied += 1

    def _failed(
        self, rule: NodeRewriter | GraphRewriter, node: Apply | None, error: Exception
    ) -> None:
        """Complain of an exception, once for each rule.

        Rules are written by users too: whatever they raise must not stop a legal program.
        """
        self.report.of(rule.name).failed += 1
        if rule.name not in self.complained:
            self.complained.add(rule.name)
            what = "failed and was left out at one place"
            complain(self.on_error, [rule.name], what, node=node, cause=error)


def rewrite_graph(
    fgraph: FunctionGraph,
    query: Query | None = None,
    *,
    database: RewriteDatabase = optdb,
    on_error: OnError = "warn",
    max_use_ratio: float = MAX_USE_RATIO,
) -> Report:
    """Bring ``fgraph`` into the best form that the chosen rules know.

    Parameters
    ----------
    fgraph : FunctionGraph
        Changed in place.
    query : Query, optional
        Which rules take part; by default those tagged "fast_run".
    database : RewriteDatabase
        Where the rules are.
    on_error : {"warn", "raise", "ignore"}
        What to do about a rule that is wrong. The program stays right in any case.
    max_use_ratio : float
        How many times one rule may be applied in a stage, per node of the graph.

    Returns
    -------
    Report
        How often each rule was applied, and the time of each stage in seconds.

    Raises
    ------
    RewriteError
        A rule is wrong, and ``on_error`` is "raise".
    """
    report = Report()
    for stage in database.query(query):
        n_before = len(fgraph.apply_nodes)
        start = perf_counter()
        Equilibrium(
            stage.node_rules,
            stage.graph_rules,
            on_error=on_error,
            max_use_ratio=max_use_ratio,
            report=report,
        ).run(fgraph)
        seconds = perf_counter() - start
        report.stages.append(
            StageStatistics(stage.name, seconds, n_before, len(fgraph.apply_nodes))
        )
    return report
