"""Tells whether a program is written in Python 2 or Python 3.

What Python 3 cannot parse is Python 2. What both can parse is told by names that only one of them
has, less those that the program itself defines or guards, as programs for both do.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Iterator

NAMES = frozenset({
    "apply", "basestring", "buffer", "cmp", "coerce", "execfile", "file", "intern", "long",
    "raw_input", "reduce", "reload", "unichr", "unicode", "xrange", "StandardError",
})  # fmt: skip
MODULES = frozenset({
    "BaseHTTPServer", "CGIHTTPServer", "ConfigParser", "Cookie", "HTMLParser", "Queue",
    "SimpleHTTPServer", "SocketServer", "StringIO", "Tkinter", "UserDict", "UserList",
    "UserString", "__builtin__", "anydbm", "cPickle", "cStringIO", "commands", "cookielib",
    "copy_reg", "exceptions", "future_builtins", "htmlentitydefs", "httplib", "md5",
    "robotparser", "sets", "sha", "thread", "tkFileDialog", "tkMessageBox", "urllib2",
    "urlparse", "xmlrpclib",
})  # fmt: skip
ATTRIBUTES = frozenset({
    "has_key", "iteritems", "iterkeys", "itervalues", "viewitems", "viewkeys",
})  # fmt: skip
MEMBERS = frozenset(
    {
        ("itertools", "izip"),
        ("itertools", "imap"),
        ("itertools", "ifilter"),
        ("itertools", "izip_longest"),
        ("os", "getcwdu"),
        ("string", "join"),
        ("string", "letters"),
        ("string", "lowercase"),
        ("string", "maketrans"),
        ("string", "uppercase"),
        ("sys", "maxint"),
        ("sys", "setdefaultencoding"),
        ("urllib", "urlopen"),
        ("urllib", "urlretrieve"),
        ("urllib", "quote"),
        ("urllib", "urlencode"),
    }
)
# What Python 3 raises where a name, a method or a reading of Python 2 is missing.
MISSING = (ImportError, NameError, AttributeError, TypeError, SyntaxError)
PRINT_KEYWORDS = frozenset({"end", "sep", "file", "flush"})


def parse(text: str, filename: str = "<program>") -> ast.Module:
    """Parse Python 3, without the warnings that old programs give rise to.

    Raises
    ------
    SyntaxError
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text, filename)
        except ValueError as error:  # a null character
            raise SyntaxError(str(error)) from None


def python2_sign(text: str, tree: ast.Module | None = None) -> str | None:
    """Return what shows that ``text``, which Python 3 can parse, is Python 2; None for Python 3.

    Parameters
    ----------
    text : str
    tree : ast.Module, optional
        What :func:`parse` made of it.
    """
    tree = parse(text) if tree is None else tree
    first = text.partition("\n")[0]
    if first.startswith("#!") and "python3" in first:
        return None
    future = future_features(tree)
    if any(is_python3(node, future) for node in ast.walk(tree)):
        return None
    if first.startswith("#!") and "python2" in first:
        return "its first line names python2"
    own = set(bound_names(tree))
    for node in unguarded(tree):
        sign = sign_of(node, own, future)
        if sign is not None:
            return f"line {node.lineno}: {sign}"  # type: ignore[attr-defined]
    return None


def future_features(tree: ast.Module) -> frozenset[str]:
    """Return the names that the program imports from ``__future__``."""
    return frozenset(
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    )


def bound_names(tree: ast.AST) -> Iterator[str]:
    """Yield every name that the program defines anywhere, methods and attributes among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]


def unguarded(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes outside of trials of a name, ``try`` blocks, and of tests of the version."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Try) and any(may_catch_missing(h) for h in node.handlers):
            waiting += [*node.orelse, *node.finalbody]
            # A long body is no trial of a name.
            if len(node.body) > 3:
                waiting += node.body
            continue
        if isinstance(node, ast.If | ast.IfExp) and tests_version(node.test):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def may_catch_missing(handler: ast.ExceptHandler) -> bool:
    """Whether a handler may catch what a name of Python 2 raises in Python 3."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        not isinstance(caught := getattr(builtins, getattr(kind, "id", ""), None), type)
        or any(issubclass(caught, error) or issubclass(error, caught) for error in MISSING)
        for kind in types
    )


def tests_version(test: ast.expr) -> bool:
    """Whether an ``if`` asks which Python runs."""
    said = ast.unparse(test)
    return any(word in said for word in ("version", "PY2", "PY3", "python_implementation"))


def sign_of(node: ast.AST, own: set[str], future: frozenset[str]) -> str | None:
    """Return how a node is written that only Python 2 understands, or None."""
    match node:
        case ast.Name(id=name) if name in NAMES and name not in own:
            return name
        case ast.Import(names=aliases):
            found = [a.name for a in aliases if a.name.partition(".")[0] in MODULES]
            return f"import {found[0]}" if found else None
        case ast.ImportFrom(module=str(module), level=0, names=aliases):
            if module.partition(".")[0] in MODULES:
                return f"from {module} import"
            found = [a.name for a in aliases if (module, a.name) in MEMBERS]
            return f"from {module} import {found[0]}" if found else None
        case ast.Attribute(value=ast.Name(id=base), attr=name) if (base, name) in MEMBERS:
            return f"{base}.{name}"
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in ATTRIBUTES:
            by_helper = isinstance(value, ast.Name) and value.id in ("six", "compat", "future")
            return None if by_helper or name in own else f".{name}()"
        case ast.Expr(value=value) if is_print_statement(value):
            return "print statement" if "print_function" not in future else None
        case ast.Raise(exc=ast.Constant(value=str())):
            return "raise of a string"
        case ast.Subscript(value=value) if gives_list(value, own) and not is_range(value):
            return f"an item of {ast.unparse(value)[:40]}"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            added = next((side for side in (left, right) if gives_list(side, own)), None)
            return f"a sum with {ast.unparse(added)[:40]}" if added is not None else None
        case ast.Call(func=ast.Name(id="len"), args=[value]) if gives_list(value, own):
            return f"the length of {ast.unparse(value)[:40]}" if is_lazy(value) else None
        case (
            ast.Call(
                func=ast.Name(id="sorted"), args=[_, ast.Lambda(args=ast.arguments(args=[_, _]))]
            )
            | ast.Call(
                func=ast.Attribute(attr="sort"), args=[ast.Lambda(args=ast.arguments(args=[_, _]))]
            )
        ):
            return "a comparison to sort by"
        case ast.With(items=[ast.withitem(opened, ast.Name(id=name))]) if opens_text(opened):
            files = map(decoded_file, ast.walk(node))
            if any(isinstance(file, ast.Name) and file.id == name for file in files):
                return "text that is decoded"
        case ast.Call() if opens_text(decoded_file(node)):
            return "text that is decoded"
        case _ if (counts := quotients_that_count(node)) and "division" not in future:
            return f"{ast.unparse(counts[0])[:40]} as a whole number"
    return None


def opens_text(value: ast.AST | None) -> bool:
    """Whether an expression opens a file that gives text in Python 3, and bytes in Python 2."""
    match value:
        case ast.Call(func=ast.Name(id="open"), args=[_], keywords=[]):
            return True
        case ast.Call(func=ast.Name(id="open"), args=[_, ast.Constant(str(mode))], keywords=[]):
            return "b" not in mode
    return False


def decoded_file(node: ast.AST) -> ast.expr | None:
    """Return the file of ``file.read().decode(...)``."""
    match node:
        case ast.Call(
            func=ast.Attribute(
                value=ast.Call(func=ast.Attribute(value=file, attr="read" | "readline")),
                attr="decode",
            )
        ):
            return file
    return None


def quotients_that_count(node: ast.AST) -> list[ast.BinOp]:
    """Return the quotients just below ``node`` that Python 3 takes no float for."""
    counts: list[ast.expr | None] = []
    match node:
        case ast.Slice(lower=lower, upper=upper, step=step):
            counts = [lower, upper, step]
        case ast.Call(func=ast.Name(id="range"), args=args):
            counts = [*args]
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="zeros" | "ones" | "empty"),
            args=[shape, *_],
        ):
            counts = [*shape.elts] if isinstance(shape, ast.Tuple | ast.List) else [shape]
    return [
        count for count in counts if isinstance(count, ast.BinOp) and isinstance(count.op, ast.Div)
    ]


def gives_list(value: ast.expr, own: set[str]) -> bool:
    """Whether an expression is a list in Python 2 alone."""
    match value:
        case ast.Call(func=ast.Name(id="map" | "filter" | "zip" | "range" as name)):
            return name not in own
        case ast.Call(func=ast.Attribute(attr="keys" | "items" as name), args=[], keywords=[]):
            return name not in own
    return False


def is_range(value: ast.expr) -> bool:
    """Whether an expression calls ``range``."""
    match value:
        case ast.Call(func=ast.Name(id="range")):
            return True
    return False


def is_lazy(value: ast.expr) -> bool:
    """Whether what ``gives_list`` knows has no length in Python 3."""
    match value:
        case ast.Call(func=ast.Name(id="map" | "filter" | "zip")):
            return True
    return False


def is_print_statement(value: ast.expr) -> bool:
    """Whether Python 3 parses a print statement of Python 2 as this expression."""
    match value:
        case ast.Name(id="print"):
            return True
        case ast.Tuple(elts=[first, *_]):
            return is_print_call(first) or is_print_statement(first)
        case ast.BinOp(left=ast.Name(id="print"), op=ast.RShift()):
            return True
        case ast.BinOp(left=left):
            return is_print_call(left) or is_print_statement(left)
        case ast.Subscript(value=inner):
            return is_print_statement(inner)
        case ast.Call(func=ast.Attribute(value=inner)) | ast.Attribute(value=inner):
            return is_print_call(inner) or (
                isinstance(inner, ast.Subscript | ast.Name) and (is_print_statement(inner))
            )
    return False


def is_print_call(value: ast.expr) -> bool:
    """Whether an expression calls ``print``."""
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and (value.func.id == "print")
    )


def is_python3(node: ast.AST, future: frozenset[str]) -> bool:
    """Whether only Python 3 understands a node."""
    match node:
        case (
            ast.JoinedStr()
            | ast.AnnAssign()
            | ast.Nonlocal()
            | ast.AsyncFunctionDef()
            | ast.NamedExpr()
            | ast.MatMult()
            | ast.YieldFrom()
        ):
            return True
        case ast.arguments(kwonlyargs=[_, *_]) | ast.arg(annotation=ast.expr()):
            return True
        case ast.Raise(cause=ast.expr()) | ast.FunctionDef(returns=ast.expr()):
            return True
        case ast.Call(func=ast.Name(id="super"), args=[], keywords=[]):
            return True
        case ast.Call(func=ast.Name(id="print"), keywords=keywords):
            return "print_function" not in future and any(
                keyword.arg in PRINT_KEYWORDS for keyword in keywords
            )
    return False


def may_be_python2(text: str, tree: ast.Module) -> bool:
    """Whether nothing shows that the program was meant for Python 3 too."""
    if future_features(tree) - {"division"} or text.startswith("#!/usr/bin/env python3"):
        return False
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases) if any(a.name.startswith("six") for a in aliases):
                return False
            case ast.ImportFrom(module=str(module)) if module.startswith("six"):
                return False
            case ast.If(test=test) | ast.IfExp(test=test) if tests_version(test):
                return False
        if is_python3(node, frozenset()):
            return False
    return True
