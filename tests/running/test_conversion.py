"""Python 2 to Python 3: what it does, and on which lines."""

from __future__ import annotations

import traceback

import pytest

from theano.running.compiling import compile_program, remember_source
from theano.running.conversion import convert
from theano.running.importing import Program
from theano.running.reading import ProgramError

# Source in Python 2, a name in it, and the value that Python 2 gives it.
VALUES = {
    "x = 7 / 2": 3,
    "x = -7 / 2": -4,
    "x = 7 / 2.": 3.5,
    "x = 7L / 2": 3,
    "from __future__ import division\nprint\nx = 7 / 2": 3.5,
    "x = 7\nx /= 2": 3,
    "x = [7, 8]\nx[1:] = [9]\nx[0] /= 2": [3, 9],
    "x = {'a': 7}\nx['a'] /= 2": {"a": 3},
    "class A: n = 7\nA.n /= 2\nx = A.n": 3,
    "class A:\n    def __div__(self, o): return 'div', o\nx = A() / 2": ("div", 2),
    "class A:\n    def __rdiv__(self, o): return 'rdiv', o\nx = 2 / A()": ("rdiv", 2),
    "class A:\n    def __idiv__(self, o): return 'idiv', o\nx = A()\nx /= 2": ("idiv", 2),
    "class A:\n    def __nonzero__(self): return False\nx = bool(A())": False,
    "class A:\n    def next(self): return 5\nx = A().next()": 5,
    "x = `5` + `'a'`": "5'a'",
    "x = 0777, 0x1FL, 1 <> 2": (511, 31, True),
    "x = u'a' + ur'\\b'": "a\\b",
    "x = range(3) + map(None, [1]) + zip([1], [2])": [0, 1, 2, 1, (1, 2)],
    "x = filter(None, [0, 1]), {1: 2}.items(), {1: 2}.has_key(1)": ([1], [(1, 2)], True),
    "x = sorted([1, 3, 2], lambda a, b: cmp(b, a))": [3, 2, 1],
    "x = sorted([1, 3, 2], cmp=lambda a, b: a - b, key=lambda a: -a)": [3, 2, 1],
    "x = [1, 3, 2]\nx.sort(lambda a, b: cmp(b, a))": [3, 2, 1],
    "x = [1, 3, 2]\nx.sort(reverse=True)": [3, 2, 1],
    "def f((a, b), c): return a + b + c\nx = f((1, 2), 3)": 6,
    "x = (lambda (a, b): a - b)((3, 1))": 2,
    "try:\n    raise ValueError, 'bad'\nexcept ValueError, e:\n    x = str(e)": "bad",
    "try:\n    raise 'text'\nexcept Exception, e:\n    x = str(e)": "text",
    "exec 'x = 3'": 3,
    "import cPickle, StringIO\nx = cPickle.loads(cPickle.dumps([1]))": [1],
    "import string\nx = string.join(['a', 'b'], '-') + string.letters[:2]": "a-bab",
    "from itertools import izip, imap\nx = list(izip([1], imap(str, [2])))": [(1, "2")],
    "import StringIO\nx = StringIO.StringIO('a').read()": "a",
    "import StringIO\nx = StringIO.StringIO(b'ab').read()": b"ab",
    "x = 'abc'.decode('utf-8'), '6162'.decode('hex')": ("abc", "ab"),
    "x = reduce(lambda a, b: a + b, [1, 2]), apply(max, (1, 2)), unichr(97)": (3, 2, "a"),
    "x = round(2.5), round(-2.5), round(1.25, 1), int(round(3))": (3.0, -3.0, 1.2, 3),
    "x = isinstance('a', basestring), isinstance(1, (int, long)), unicode(3)": (True, True, "3"),
    "import numpy as np\nprint\nx = (np.arange(4) / 2).tolist()": [0, 0, 1, 1],
    "import numpy as np\nprint\nx = np.arange(4)\nx /= 2\nx = x.tolist()": [0, 0, 1, 1],
    "import numpy as np\nprint\nx = np.arange(2, dtype='int8').tostring()": b"\0\1",
    "import sys\nreload(sys)\nsys.setdefaultencoding('utf8')\nx = sys.maxint > 0": True,
    "def f():\n\tif 1:\n        \treturn 3\nx = f()": 3,
    "x = '''\n\ta'''\nprint\nif 1:\n\tx += 'b'": "\n\tab",
    "s = set([1])\nx = 1 if s else 2\nprint x,": 1,
}


def value_of(text: str) -> object:
    """Return what ``x`` is after the program ran."""
    done = compile_program(text, "program.py", python=2)
    namespace: dict[str, object] = {"__builtins__": Program(2).builtins_for(True)}
    exec(done.code, namespace)
    return namespace["x"]


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=range(len(VALUES)))
def test_python2_means_what_it_meant(text, value, monkeypatch):
    monkeypatch.setattr("sys.setdefaultencoding", lambda name: None, raising=False)
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


def test_python3_stays_as_it_is():
    text = "x = 7 / 2\nprint(f'{x}')"
    done = convert(text, "program.py")
    assert done.text == text
    assert done.python2 is None


def test_a_part_of_a_python2_program_is_python2():
    assert convert("x = 7 / 2", "a.py").python2 is None
    assert convert("x = 7 / 2", "a.py", within=2).python2 == "part of a program in Python 2"
    assert convert("import six\nx = 7 / 2", "a.py", within=2).python2 is None


LONG = """\
import os
def first((a, b), c):
    print a
    return c
def second(n):
    first((1, 2), 3)
    raise ValueError, n
print first((1, 2),
            3)
second("here")
"""


def test_lines_are_the_originals_own():
    remember_source("long.py", LONG)
    done = compile_program(LONG, "long.py")
    with pytest.raises(ValueError, match="here") as info:
        exec(done.code, {"__builtins__": Program(2).builtins_for(True)})
    stack = traceback.extract_tb(info.value.__traceback__)[1:]
    assert [(frame.lineno, frame.line) for frame in stack] == [
        (10, 'second("here")'),
        (7, "raise ValueError, n"),
    ]
    # No column is claimed on a line that reads otherwise.
    assert [frame.colno for frame in stack] == [0, None]


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        ("x = 1\ny = = 2\n", 2, "y = = 2"),
        ("print 1\nprint 2 2\n", 2, "print 2 2"),
        ("def f():\n    print 1\n  print 2\n", 3, "print 2"),
        ("This is prose, no program.", 1, "This is prose"),
        ("x = '''\n", 1, "x = '''"),
        ("x = (1,\n", 1, "x = (1,"),
    ],
)
def test_what_is_neither(text, line, shown):
    with pytest.raises(ProgramError) as info:
        convert(text, "bad.py", cell=4, first_line=11)
    said = str(info.value)
    assert said.startswith(f"bad.py, cell 4, line {line + 10}: syntax error: ")
    assert shown in said
