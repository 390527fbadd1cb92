"""The rewriting engine: rules turn a graph into an equal one that is stabler, smaller or faster.

The engine knows no op. Rules come from the layers above, and from users.

How to add a rule
-----------------
*An equation.* Where the right side says all, the text is the rule::

    equations("neg(neg(x)) -> x", "log(exp(x)) -> x", stage=CANONICALIZE)

*An equation with a condition.* The function gets the variables of the left side by name and
returns the replacement, or None to decline::

    @rewrite("log(sum(exp(x), axis)) -> logsumexp(x, axis)", stage=STABILIZE)
    def fuse_logsumexp(x, axis):
        return LogSumExp(axis)(x) if isinstance(axis, int) else None

``rewrite`` and ``equations`` are methods of a ``Vocabulary``, which says what ``log`` and ``sum``
mean in a pattern; ``vocabulary.define("expm1", expm1)`` adds a word. Names are variables, a
repeated name means the same variable, ``_`` is anything. Numbers match constants of that value.
``+ - * / **`` are the words add, sub, mul, true_div, pow, and ``-x`` is neg. Sums and products
match in any order, and within a longer sum.

*Anything else* is a function from a graph and one of its nodes to a replacement::

    @node_rewriter(tracks=[Reshape], stage=CANONICALIZE)
    def drop_idle_reshape(fgraph, node):
        (x, shape) = node.inputs
        return x if is_known_shape_of(shape, x) else None

It returns None to decline, a variable, a list with one variable for each output, or a dict from old
variables to new ones. It changes nothing itself. ``graph_rewriter`` makes a rule that sees the
whole graph and changes it through ``FunctionGraph.replace``.

*What a rule owes.* The same values for all inputs for which the old graph had one (stabler is
better; an error may vanish, none may come), and exactly the same type. New variables get the name
and the user's line of what they replace; the driver sees to it. A rule that is wrong, that
changes a type or that undoes another one without end is stopped, named in a ``RewriteWarning``, and
never stops a program.

*Stages*, in order: ``canonicalize`` (one form for what can be said in several ways), ``stabilize``
(rounding, overflow), ``specialize`` (speed). Within a stage all rules run until none applies.

*Tags* choose rules: "fast_run" (the default), "fast_compile", any of your own, and the names of the
rule and of the stage: ``Query().excluding("fuse_logsumexp")``, ``mode.excluding("stabilize")``.

*Tests* show the graph before and after, the value on inputs where the rule matters, and one place
where it must decline. A rule that never makes a program stabler, smaller or faster is removed.
"""

from theano.rewriting.database import (
    CANONICALIZE,
    SPECIALIZE,
    STABILIZE,
    STAGES,
    Query,
    RewriteDatabase,
    StageRules,
    graph_rewriter,
    node_rewriter,
    optdb,
)
from theano.rewriting.drivers import Equilibrium, rewrite_graph
from theano.rewriting.folding import constant_folding
from theano.rewriting.merging import merge
from theano.rewriting.report import Report, RewriteError, RewriteWarning, RuleStatistics
from theano.rewriting.rule import GraphRewriter, NodeRewriter
from theano.rewriting.vocabulary import Vocabulary

__all__ = [
    "CANONICALIZE",
    "SPECIALIZE",
    "STABILIZE",
    "STAGES",
    "Equilibrium",
    "GraphRewriter",
    "NodeRewriter",
    "Query",
    "Report",
    "RewriteDatabase",
    "RewriteError",
    "RewriteWarning",
    "RuleStatistics",
    "StageRules",
    "Vocabulary",
    "constant_folding",
    "graph_rewriter",
    "merge",
    "node_rewriter",
    "optdb",
    "rewrite_graph",
]
