"""Turns syntax that Python 2 takes otherwise into calls of :mod:`theano.running.semantics`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from theano.running.semantics import OLD_METHODS

METHODS = {
    "decode": "__decode__",
    "encode": "__encode__",
    "sort": "__sort__",
    "tostring": "__to_bytes__",
    "translate": "__translate__",
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "__less__",
    ast.LtE: "__less_or_equal__",
    ast.Gt: "__greater__",
    ast.GtE: "__greater_or_equal__",
}
OTHER_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.GeneratorExp


class Python2Semantics(ast.NodeTransformer):
    """Replaces what Python 3 can parse and takes for something else.

    Parameters
    ----------
    true_division : bool
        Whether the program imports ``division`` from ``__future__``.
    goes_on : bool
        Whether other cells go on in the module's namespace.
    """

    def __init__(self, true_division: bool, goes_on: bool = False):
        self.true_division = true_division
        self.goes_on = goes_on
        self.in_function = False

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """Keep what list comprehensions leave behind."""
        keep_variables(node, self.goes_on)
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Put ``global`` first, and keep what list comprehensions leave behind."""
        keep_variables(node)
        before, self.in_function = self.in_function, True
        self.generic_visit(node)
        self.in_function = before
        declared = [part for part in within(node) if isinstance(part, ast.Global)]
        if declared:
            names = sorted({name for part in declared for name in part.names})
            start = 1 if ast.get_docstring(node) is not None and len(node.body) > 1 else 0
            first = ast.copy_location(ast.Global(names), node.body[start])
            rest = [WithoutGlobal().visit(part) for part in node.body[start:]]
            node.body = [*node.body[:start], first, *rest]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Methods that Python 3 does not call."""
        before, self.in_function = self.in_function, False
        self.generic_visit(node)
        self.in_function = before
        names = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
        if names & OLD_METHODS:
            complete = ast.Name("__with_old_methods__", ast.Load())
            node.decorator_list.append(ast.copy_location(complete, node))
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """``from module import *`` in a function."""
        if not self.in_function or node.names[0].name != "*":
            return node
        said = ast.Constant(ast.unparse(node))
        done = call("exec", node, said, call("globals", node))
        return ast.fix_missing_locations(ast.copy_location(ast.Expr(done), node))

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """``a / b``."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or self.true_division:
            return node
        if has_float(node.left) or has_float(node.right):
            return node
        return call("__divide__", node, node.left, node.right)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """``a /= b``, ``a[i] /= b`` and ``a.x /= b``."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or self.true_division or has_float(node.value):
            return node
        target = node.target
        if isinstance(target, ast.Subscript):
            index = as_value(target.slice)
            done: ast.stmt = ast.Expr(
                call("__divide_item__", node, target.value, index, node.value)
            )
        else:
            # A name, or an attribute whose owner is evaluated twice.
            now = ast.parse(ast.unparse(target), mode="eval").body
            done = ast.Assign([target], call("__divide_in_place__", node, now, node.value))
        return ast.fix_missing_locations(ast.copy_location(done, node))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """``a < b`` of two values that may be of different types."""
        self.generic_visit(node)
        name = COMPARISONS.get(type(node.ops[0]))
        if name is None or len(node.ops) > 1:
            return node
        left, right = node.left, node.comparators[0]
        if isinstance(left, ast.BinOp) or isinstance(right, ast.BinOp):
            return node  # what was computed is no None
        return call(name, node, left, right)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """``raise "text"``."""
        self.generic_visit(node)
        raised = node.exc
        if isinstance(raised, ast.Constant) and isinstance(raised.value, str):
            node.exc = call("Exception", raised, raised)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """``error.message``."""
        self.generic_visit(node)
        if node.attr != "message" or not isinstance(node.ctx, ast.Load):
            return node
        return call("__message__", node, node.value)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``unicode(value, encoding)``, ``value.decode(...)``, ``value.sort(compare)``, …."""
        method = node.func
        if isinstance(method, ast.Attribute) and method.attr == "message":
            # A method of the program's own.
            method.value = self.visit(method.value)
            node.args = [self.visit(part) for part in node.args]
            node.keywords = [self.visit(part) for part in node.keywords]
            return node
        self.generic_visit(node)
        if isinstance(method, ast.Name) and method.id == "str" and len(node.args) > 1:
            # Which was ``unicode``, as ``str`` of Python 2 takes one argument.
            method.id = "__text__"
            return node
        if not isinstance(method, ast.Attribute) or method.attr not in METHODS:
            return node
        if method.attr == "sort" and not (
            node.args or any(keyword.arg == "cmp" for keyword in node.keywords)
        ):
            return node
        if method.attr == "translate" and len(node.args) != 2:
            return node
        done = call(METHODS[method.attr], node, method.value, *node.args)
        done.keywords = node.keywords
        return done


class OldIndices(ast.NodeTransformer):
    """Has an index looked at that may be a list of slices, as NumPy took it until 1.23.

    Only a list that is made elsewhere, or on the spot, can be one; numbers, texts, slices and
    tuples are left alone.
    """

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``x[index]``."""
        self.generic_visit(node)
        if isinstance(node.slice, ast.Name | ast.Attribute | ast.List | ast.ListComp | ast.BinOp):
            node.slice = call("__as_index__", node.slice, node.slice)
        return node


class OldArrays(ast.NodeTransformer):
    """Has ``np.array`` and ``np.asarray`` take rows of different lengths, as until NumPy 1.23."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``np.asarray(rows)``."""
        self.generic_visit(node)
        match node.func:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(), attr=name):
                if name in ("array", "asarray"):
                    node.func = call("__array_maker__", node.func, node.func)
        return node


class WithoutGlobal(ast.NodeTransformer):
    """Takes the ``global`` statements out of a function's body."""

    def visit_Global(self, node: ast.Global) -> ast.AST:
        """Leave a statement that does nothing in its place."""
        return ast.copy_location(ast.Pass(), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """An inner function has its own."""
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """And so has a class."""
        return node


def within(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope, less those of scopes within it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, OTHER_SCOPES):
            waiting += ast.iter_child_nodes(node)


def keep_variables(scope: ast.Module | ast.FunctionDef, goes_on: bool = False) -> None:
    """Let list comprehensions bind their variables in the scope, where it reads them elsewhere.

    Those of a scope that goes on may be read by what follows. ``[f(i) for i in x]`` becomes
    ``[f(i) for j in x if [i := j]]``, with a name for ``j`` that no program can write.
    """
    comprehensions = list(outer_comprehensions(scope))
    if not comprehensions:
        return
    inside = {id(part): found for found in comprehensions for part in ast.walk(found)}
    for found in comprehensions:
        bound = {
            part.id
            for generator in found.generators
            for part in ast.walk(generator.target)
            if isinstance(part, ast.Name)
        }
        read = {
            part.id
            for part in (() if goes_on else within(scope))
            if isinstance(part, ast.Name)
            and isinstance(part.ctx, ast.Load)
            and part.id in bound
            and not binds(inside.get(id(part)), part.id)
        }
        kept = bound if goes_on else read
        for generator in found.generators:
            for part in ast.walk(generator.target):
                if isinstance(part, ast.Name) and part.id in kept:
                    name, part.id = part.id, f".{part.id}"
                    now = ast.NamedExpr(ast.Name(name, ast.Store()), ast.Name(part.id, ast.Load()))
                    test = ast.List([now], ast.Load())
                    for new in ast.walk(test):
                        if isinstance(new, ast.expr):
                            ast.copy_location(new, part)
                    generator.ifs.insert(0, test)


def binds(comprehension: ast.ListComp | None, name: str) -> bool:
    """Whether a comprehension has a variable of this name."""
    return comprehension is not None and any(
        isinstance(part, ast.Name) and part.id in (name, f".{name}")
        for generator in comprehension.generators
        for part in ast.walk(generator.target)
    )


def outer_comprehensions(scope: ast.AST) -> Iterator[ast.ListComp]:
    """Yield the list comprehensions of a scope that stand in no other comprehension."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.ListComp):
            yield node
        elif not isinstance(node, OTHER_SCOPES | ast.SetComp | ast.DictComp):
            waiting += ast.iter_child_nodes(node)


def call(function: str, where: ast.AST, *arguments: ast.expr) -> ast.Call:
    """Return a call that stands where a node stood."""
    made = ast.Call(ast.Name(function, ast.Load()), list(arguments), [])
    for part in (made, made.func):
        ast.copy_location(part, where)
    return made


def has_float(node: ast.expr) -> bool:
    """Whether one side of a division is a float as it is written."""
    if isinstance(node, ast.UnaryOp):
        return has_float(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, float | complex)


def as_value(index: ast.expr) -> ast.expr:
    """Return an index with slices as calls of ``slice``, which stand anywhere."""
    if isinstance(index, ast.Slice):
        bounds = [
            ast.copy_location(ast.Constant(None), index) if bound is None else bound
            for bound in (index.lower, index.upper, index.step)
        ]
        return call("slice", index, *bounds)
    if isinstance(index, ast.Tuple):
        index.elts = [as_value(part) for part in index.elts]
    return index
