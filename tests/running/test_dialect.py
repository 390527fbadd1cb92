"""Python 2 or 3."""

from __future__ import annotations

import pytest

from theano.running.dialect import may_be_python2, parse, python2_sign

PYTHON2 = {
    "for i in xrange(3): pass": "xrange",
    "import cPickle": "import cPickle",
    "import os, urllib2": "import urllib2",
    "from StringIO import StringIO": "from StringIO import",
    "from itertools import izip": "from itertools import izip",
    "x = {}.iteritems()": ".iteritems()",
    "if d.has_key(1): pass": ".has_key()",
    "print": "print statement",
    'print ("%d") % 3': "print statement",
    'print ("a"), b': "print statement",
    "print >>f, 3": "print statement",
    "print [1, 2], 3": "print statement",
    "print [1].pop()": "print statement",
    'print ("a").upper()': "print statement",
    "n = sys.maxint": "sys.maxint",
    "raise 'text'": "raise of a string",
    "x = map(f, y)[0]": "an item of map(f, y)",
    "k = d.keys()[0]": "an item of d.keys()",
    "x = range(3) + [4]": "a sum with range(3)",
    "n = len(zip(a, b))": "the length of zip(a, b)",
    "x = sorted(y, lambda a, b: a - b)": "a comparison to sort by",
    "x.sort(lambda a, b: a - b)": "a comparison to sort by",
    "raise StandardError()": "StandardError",
    "for i in range(0, n / size): pass": "n / size as a whole number",
    "y = x[: len(x) / 2]": "len(x) / 2 as a whole number",
    "z = np.zeros((3, n / 2), 'float32')": "n / 2 as a whole number",
    "words = open(path).read().decode('utf-8').split()": "text that is decoded",
    "with open(path, 'r') as f: first = f.readline().decode('ascii')": "text that is decoded",
    "try: train(xrange(3))\nexcept KeyboardInterrupt: pass": "xrange",
    "#!/usr/bin/env python2\nx = 1 / 2": "its first line names python2",
}
PYTHON3 = [
    "print(1)",
    "print(1, end='')\nxrange(3)",
    "xrange = range\nfor i in xrange(3): pass",
    "try:\n    import cPickle as pickle\nexcept ImportError:\n    import pickle",
    "try:\n    text = unicode\nexcept (IndexError, NameError):\n    text = str",
    "try:\n    xrange(3)\nexcept Exception:\n    pass",
    "try:\n    xrange(3)\nexcept own.Error:\n    pass",
    "if sys.version_info[0] == 2:\n    unicode('a')",
    "import six\nfor k in six.iteritems(d): pass",
    "def f(x: int): return xrange(x)",
    "f'{unicode}'",
    "#!/usr/bin/env python3\nraw_input()",
    "x = range(3)[1], len(d.keys()), len(range(3)), sorted(x), x.sort(key=lambda a: a)",
    "from __future__ import division\nrange(n / 2)",
    "x = np.ones(3) / 2, np.full(3, n / 2), range(int(n / 2)), x[n / 2], np.zeros(n // 2)",
    "with open(path, 'rb') as f: f.read().decode(), open(path, 'rb').read().decode()",
    "with open(path) as f: f.read(), urlopen(page).read().decode()",
    "from theano import map\nx = map(f, y)[0]",
    "class D:\n    def iteritems(self): pass\nD().iteritems()",
    "class D(dict):\n    def keys(self): return [*self]\nx = D().keys() + [3]",
    "from __future__ import print_function\nprint",
    "from functools import reduce\nreduce(f, x)",
]


@pytest.mark.parametrize(("text", "sign"), PYTHON2.items(), ids=PYTHON2.values())
def test_python2(text, sign):
    assert (python2_sign(text) or "").removeprefix("line 1: ") == sign


@pytest.mark.parametrize("text", PYTHON3, ids=range(len(PYTHON3)))
def test_python3(text):
    assert python2_sign(text) is None


@pytest.mark.parametrize(
    ("text", "either"),
    [
        ("x = n / 2", True),
        ("from __future__ import division\nx = n / 2", True),
        ("from __future__ import print_function\nx = n / 2", False),
        ("import six", False),
        ("from six.moves import range", False),
        ("if PY3:\n    x = 1", False),
        ("x = f'{n}'", False),
    ],
)
def test_what_both_could_be(text, either):
    assert may_be_python2(text, parse(text)) is either
