"""Flags: where values come from, what is refused and how, and flags of a program's own."""

from __future__ import annotations

import ast
import configparser
import os
import subprocess
import sys
import textwrap
import timeit
from pathlib import Path

import numpy as np
import pytest

from theano import options
from theano.options import (
    AddConfigVar,
    BoolParam,
    ConfigParam,
    EnumStr,
    FloatParam,
    IntParam,
    StrParam,
    TheanoConfigParser,
    TheanoConfigWarning,
    change_flags,
    config,
    flags_of,
    parse_config_string,
)
from theano.options.filters import made_folder
from theano.options.sections import declare, warn_unknown
from theano.options.sources import Sources

PACKAGE = Path(__file__).parents[1] / "src" / "theano"
FLAGS = {param.fullname: param for param in flags_of(config)}


@pytest.fixture(autouse=True)
def _flags_restored():
    before = {name: get(name) for name in FLAGS}
    yield
    for name, value in before.items():
        section, leaf = config._find(name)
        section.__dict__[leaf] = value


def get(name, root=config):
    for part in name.split("."):
        root = getattr(root, part)
    return root


def given(flags="", *files, **environ):
    """Return flags of our own with the values that an environment gives."""
    parser = TheanoConfigParser(
        Sources({"THEANO_FLAGS": flags, "THEANORC": os.pathsep.join(map(str, files)), **environ})
    )
    declare(parser, "floatX", "", EnumStr("float64", "float32"))
    declare(parser, "blas.ldflags", "", StrParam("-lblas"))
    declare(parser, "dnn.conv.workspace", "", IntParam(3))
    return parser


@pytest.fixture
def rc(tmp_path):
    def write(text, name="rc"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write


# Where values come from


def test_defaults():
    parser = given()
    assert (parser.floatX, parser.blas.ldflags) == ("float64", "-lblas")
    assert parser.dnn.conv.workspace == 3


def test_a_file_gives_values_by_section(rc):
    path = rc("""
        [global]
        floatx = float32
        [blas]
        ldflags = -lopenblas -L%(TMPDIR)s
        [dnn.conv]
        workspace = 5
    """)
    parser = given("", path, TMPDIR="/there")
    assert parser.floatX == "float32"
    assert parser.blas.ldflags == "-lopenblas -L/there"
    assert parser.dnn.conv.workspace == 5


def test_a_percent_that_is_no_interpolation_is_kept(rc):
    assert given("", rc("[blas]\nldflags = %(nowhere)s")).blas.ldflags == "%(nowhere)s"


def test_later_files_win_and_missing_ones_do_no_harm(rc):
    first = rc("[global]\nfloatX = float32\n[blas]\nldflags = one", "first")
    second = rc("[blas]\nldflags = two", "second")
    parser = given("", first, second, first.parent / "none")
    assert (parser.floatX, parser.blas.ldflags) == ("float32", "two")


def test_the_environment_wins_over_files_and_assignment_over_both(rc):
    parser = given("floatX=float64,blas.ldflags=env", rc("[global]\nfloatX = float32"))
    assert (parser.floatX, parser.blas.ldflags) == ("float64", "env")
    parser.blas.ldflags = "program"
    assert parser.blas.ldflags == "program"


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("", {}),
        ("a=1,b=2", {"a": "1", "b": "2"}),
        (" a=1 , b=2,,", {"a": "1", "b": "2"}),
        ("a=1,a=2", {"a": "2"}),
        ("a=,b=x=y", {"a": "", "b": "x=y"}),
        ("a=\"1,2\",b='-L x'", {"a": "1,2", "b": "-L x"}),
        ("gcc.cxxflags=-march=native -O3,b=1", {"gcc.cxxflags": "-march=native -O3", "b": "1"}),
    ],
)
def test_the_environment_is_split(text, flags):
    assert parse_config_string(text) == flags


def test_a_flag_without_a_value_is_warned_of():
    with pytest.warns(TheanoConfigWarning, match=r"names `b` without a value.*\n.*write b=value"):
        assert parse_config_string("a=1,b") == {"a": "1"}


def test_an_open_quote_is_refused():
    with pytest.raises(ValueError, match=r"THEANO_FLAGS could not be split.*\n.*every quote"):
        parse_config_string('a="1,b=2')


def test_a_file_without_a_section_is_refused(rc):
    with pytest.raises(configparser.MissingSectionHeaderError) as caught:
        given("", rc("floatX = float32"))
    assert "[global]" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ("floatx=float32", "did you mean `floatX`"),
        ("blas_ldflags=x", "did you mean `blas.ldflags`"),
        ("blas__ldflags=x", "did you mean `blas.ldflags`"),
        ("zebra=1", "given by THEANO_FLAGS; it is ignored"),
    ],
)
def test_an_unknown_flag_in_the_environment_is_warned_of(flags, text):
    with pytest.warns(TheanoConfigWarning, match="does not recognise") as caught:
        warn_unknown(given(flags))
    assert text in str(caught[0].message)


def test_an_unknown_flag_in_a_file_is_warned_of(rc):
    path = rc("[global]\nfloatX = float32\n[blas]\nldflag = x")
    with pytest.warns(TheanoConfigWarning, match=r"blas\.ldflag.*\n.*blas\.ldflags") as caught:
        warn_unknown(given("", path, TMPDIR="/there"))
    assert len(caught) == 1
    assert str(path) in str(caught[0].message)


def test_a_bad_value_names_who_gave_it(rc):
    with pytest.raises(ValueError, match="THEANO_FLAGS") as caught:
        given("floatX=float31")
    assert str(caught.value) == (
        "THEANO_FLAGS gives the flag `floatX` a value that it does not take.\n"
        "  expected: one of 'float64', 'float32'\n"
        "  got:      'float31'\n"
        "  fix:      did you mean `float32`?"
    )
    path = rc("[global]\nfloatX = single")
    with pytest.raises(ValueError, match=str(path)):
        given("", path)


def test_the_process_reads_its_environment(rc):
    path = rc("[global]\ndevice = gpu0\n[gcc]\ncxxflags = -O1\n[nvcc]\nfastmath = True")
    program = """
        from theano.options import config, _config_var_list
        print(config.floatX, config.device, config.gcc.cxxflags, config.nvcc.fastmath)
        (floatX,) = [param for param in _config_var_list if param.fullname == "floatX"]
        print(floatX.is_default)
    """
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        env={**os.environ, "THEANORC": str(path), "THEANO_FLAGS": "floatX=32,gcc.cxxflags=-O2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.split() == ["float32", "gpu0", "-O2", "True", "False"], ran.stderr


# What is assigned


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("floatX", "32", "float32"),
        ("floatX", "float16", "float16"),
        ("profile", "true", True),
        ("profile", 1, True),
        ("profile", np.bool_(False), False),
        ("traceback.limit", 3.7, 3),
        ("traceback.limit", "12", 12),
        ("gcc.cxxflags", 3, "3"),
        ("mode", "FAST_COMPILE", "FAST_COMPILE"),
        ("vm.lazy", "None", None),
        ("vm.lazy", True, True),
        ("optdb.max_use_ratio", "8.5", 8.5),
        ("unittests.rseed", "random", "random"),
        ("DebugMode.check_preallocated_output", "initial:ALL", "initial:ALL"),
    ],
)
def test_assignment_converts(name, value, kept):
    section, leaf = config._find(name)
    setattr(section, leaf, value)
    assert get(name) == kept
    assert type(get(name)) is type(kept)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("floatX", "float31", ValueError),
        ("floatX", np.float32, ValueError),
        ("floatX", None, ValueError),
        ("profile", "maybe", ValueError),
        ("profile", None, ValueError),
        ("profile", [1], ValueError),
        ("profile", 2, ValueError),
        ("traceback.limit", "x", ValueError),
        ("traceback.limit", None, TypeError),
        ("DebugMode.patience", 0, ValueError),
        ("mode", 3, ValueError),
        ("mode", "fast_run", ValueError),
        ("vm.lazy", 3, ValueError),
        ("experimental.local_alloc_elemwise", False, ValueError),
        ("unittests.rseed", "a", ValueError),
    ],
)
def test_a_bad_value_is_refused(name, value, error):
    section, leaf = config._find(name)
    before = get(name)
    with pytest.raises(error) as caught:
        setattr(section, leaf, value)
    assert type(caught.value) is error
    assert f"the flag `{name}`" in str(caught.value)
    assert f"got:      {value!r}" in str(caught.value)
    assert get(name) == before


@pytest.mark.parametrize("name", ["device", "force_device", "compile.wait", "optimizer_excluding"])
def test_some_flags_stay(name):
    section, leaf = config._find(name)
    other = {"device": "tpu", "force_device": True, "compile.wait": 77}.get(name, "merge")
    setattr(section, leaf, get(name))
    with pytest.raises(Exception, match=f"`{name}` cannot be changed once") as caught:
        setattr(section, leaf, other)
    assert type(caught.value) is Exception
    assert f"THEANO_FLAGS={name}=" in str(caught.value)


@pytest.mark.parametrize(
    "value",
    ["cpu", "gpu", "gpu0", "cuda", "cuda1", "cuda0000:01:00.0", "tpu", "tpu0", "opencl0:1"],
)
def test_a_device_is_kept_as_given(value):
    assert FLAGS["device"].convert(value, "") == value


@pytest.mark.parametrize("value", ["CPU", "cpu0", "gpux", "", "rocket", None])
def test_a_bad_device_is_refused(value):
    with pytest.raises(ValueError, match=r"cpu, gpu, cuda or tpu"):
        FLAGS["device"].convert(value, "The program")


@pytest.mark.parametrize("name", ["dnn.conv.workmem", "dnn.conv.algo_bwd", "gpuarray.sync"])
def test_a_retired_flag_says_what_to_use(name):
    with pytest.raises(RuntimeError, match="fix: "):
        FLAGS[name].convert("x", "THEANO_FLAGS")


def test_contexts():
    assert FLAGS["contexts"].convert("a->cuda0;b->cuda1", "") == "a->cuda0;b->cuda1"
    for bad in ("a", "cpu->cuda0", "a->b->c"):
        with pytest.raises(ValueError, match="name->device"):
            FLAGS["contexts"].convert(bad, "")


def test_a_mode_object_is_taken_once_its_class_is_loaded(monkeypatch):
    class Mode:
        pass

    module = type(sys)("theano.compile.mode")
    module.Mode = Mode
    monkeypatch.setitem(sys.modules, "theano.compile.mode", module)
    mode = Mode()
    config.mode = mode
    assert config.mode is mode


def test_an_unknown_flag_is_no_attribute():
    with pytest.raises(AttributeError) as caught:
        _ = config.gcc__cxxflags
    assert str(caught.value) == (
        "theano.config has no flag `gcc__cxxflags`.\n  fix:      did you mean `gcc.cxxflags`?"
    )
    with pytest.raises(AttributeError, match=r"no flag `blas.zebra`.\n.*lists all flags"):
        _ = config.blas.zebra
    assert not hasattr(config, "__len__")


def test_assigning_to_an_unknown_flag_warns_and_keeps_the_value():
    parser = given()
    with pytest.warns(TheanoConfigWarning, match=r"config.floatx .*\n.*`floatX`") as caught:
        parser.floatx = "float32"
    assert caught[0].filename == __file__
    assert (parser.floatx, parser.floatX) == ("float32", "float64")


def test_a_group_of_flags_cannot_be_replaced_nor_a_flag_deleted():
    with pytest.raises(AttributeError, match=r"group of flags.\n.*blas.ldflags"):
        config.blas = "-lblas"
    with pytest.raises(AttributeError, match="floatX was deleted"):
        del config.floatX


def test_defaults_that_depend_on_other_flags(rc):
    assert config.compile.timeout == 24 * config.compile.wait
    assert config.compiledir.startswith(config.base_compiledir)
    assert (config.warn.round, config.warn.inc_subtensor1_opt) == (False, True)
    assert not os.path.exists(os.path.join(config.compiledir, "__init__.py"))


# For a while


def test_change_flags_as_a_context_and_a_decorator():
    before = config.floatX

    @config.change_flags(floatX="float16")
    def inner():
        return config.floatX

    with change_flags(floatX="float32"):
        assert config.floatX == "float32"
        assert inner() == "float16"
        assert config.floatX == "float32"
    assert config.floatX == before


def test_change_flags_takes_dotted_names():
    with change_flags({"scan.debug": True}, floatX="float16"):
        assert (config.scan.debug, config.floatX) == (True, "float16")
    assert config.scan.debug is False


def test_change_flags_restores_after_an_error_and_after_recursion():
    before = config.floatX
    seen = []

    @change_flags(floatX="float16")
    def countdown(n):
        if n == 0:
            raise KeyError
        seen.append(config.floatX)
        config.floatX = "float32"
        countdown(n - 1)

    with pytest.raises(KeyError):
        countdown(2)
    assert seen == ["float16", "float16"]
    assert config.floatX == before


def test_change_flags_changes_all_or_nothing():
    before = config.floatX
    with pytest.raises(ValueError, match=r"traceback\.limit"):
        change_flags([("floatX", "float16"), ("traceback.limit", "x")]).__enter__()
    assert config.floatX == before


def test_change_flags_knows_its_flags():
    with pytest.raises(AssertionError, match=r"`floatx`.*no such flag.\n.*`floatX`"):
        change_flags(floatx="float32")


# Flags of a program's own


def test_a_program_adds_flags():
    parser = given()
    AddConfigVar("mylib.level", "How much.", EnumStr("low", "high"), root=parser)
    AddConfigVar("mylib.count", "How many.", IntParam(lambda: 7, lambda i: i > 0), root=parser)
    AddConfigVar("mylib.rate", "How fast.", FloatParam(1), root=parser)
    AddConfigVar("mylib.on", "Whether.", BoolParam(False), root=parser, in_c_key=False)
    even = ConfigParam("2", lambda value: int(value) // 2 * 2)
    AddConfigVar("mylib.even", "Even.", even, root=parser)
    assert (parser.mylib.level, parser.mylib.count, parser.mylib.rate) == ("low", 7, 1.0)
    assert parser.mylib.on is False
    parser.mylib.even = "5"
    assert parser.mylib.even == 4
    with pytest.raises(ValueError, match=r"`mylib.level`.*\n.*'low', 'high'"):
        parser.mylib.level = "middle"
    assert "mylib.level (low, high)\n    Doc:    How much.\n    Value:  low" in str(parser)


def test_a_flag_is_read_and_changed_by_itself():
    """A program may have no more than the flag, from the listing of all."""
    parser = given()
    flag = EnumStr("low", "high")
    with pytest.raises(AttributeError, match="before it was declared"):
        flag.__set__(None, "high")
    AddConfigVar("mylib.level", "How much.", flag, root=parser)
    assert flag.__get__(True, None) == "low"
    assert flag.__get__(None, type(parser)) is flag
    flag.__set__(None, "high")
    assert parser.mylib.level == flag.__get__(parser) == "high"
    with pytest.raises(ValueError, match="'low', 'high'"):
        flag.__set__(None, "middle")


def test_parsers_share_the_flags_of_the_process():
    TheanoConfigParser().floatX = "float16"
    assert config.floatX == "float16"


def test_a_program_reads_its_flags_from_the_environment():
    parser = given("mine.path=/there")
    declare(parser, "mine.path", "", StrParam(lambda: "/here"))
    assert parser.mine.path == "/there"


@pytest.mark.parametrize(
    ("name", "param", "error"),
    [
        ("floatX", StrParam("a"), AttributeError),
        ("blas", StrParam("a"), AttributeError),
        ("floatX.inner", StrParam("a"), TypeError),
        ("own.on", BoolParam("zz"), ValueError),
        ("change_flags", StrParam("a"), AttributeError),
    ],
)
def test_a_flag_that_cannot_be_added(name, param, error):
    with pytest.raises(error):
        AddConfigVar(name, "", param, root=given())


def test_options_of_an_enum_are_strings():
    with pytest.raises(ValueError, match="EnumStr"):
        EnumStr("a", 3)


# The table

KNOWN = [
    line
    for line in (Path(__file__).parent / "data" / "flags.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("name", KNOWN)
def test_every_flag_of_old_programs_is_there(name):
    assert name in FLAGS
    get(name)


def test_every_flag_is_described_and_shown():
    shown = str(config)
    for name, param in FLAGS.items():
        assert param.doc.endswith("."), name
        assert f"{name} (" in shown
    assert "blas.ldflags (str)\n" in str(config.blas)
    assert "floatX" not in str(config.blas)
    assert "Doc:" not in config.__str__(print_doc=False)


def flags_read_in(tree):
    """Yield the name of each flag that a module reads as ``config.name``."""
    for node in ast.walk(tree):
        parts = []
        while isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            parts.append(node.attr)
            node = node.value
            root = getattr(node, "attr", getattr(node, "id", None))
            if root == "config":
                yield ".".join(reversed(parts))


def test_a_flag_has_an_effect_exactly_if_something_reads_it():
    read = {
        name
        for path in PACKAGE.rglob("*.py")
        if PACKAGE / "options" not in path.parents
        for name in flags_read_in(ast.parse(path.read_text("utf-8")))
    } & FLAGS.keys()
    claimed = {flag.name for flag in options.TABLE if flag.effect}
    assert claimed == read, (
        f"in options/table.py: set effect=True on {sorted(read - claimed)}, "
        f"take it from {sorted(claimed - read)}"
    )


def test_the_effect_check_sees_a_flag_that_is_read():
    tree = ast.parse("theano.config.blas.ldflags\nconfig.floatX\nconfig.mode = 3")
    assert {"blas.ldflags", "floatX"} <= set(flags_read_in(tree))
    assert "mode" not in set(flags_read_in(tree))


def test_reading_a_flag_is_no_slower_than_a_few_attributes():
    class Plain:
        floatX = "float32"

    def fastest(thing):
        return min(timeit.repeat(lambda: thing.floatX, number=20_000, repeat=7))

    assert fastest(config) < 5 * fastest(Plain())


def test_the_folder_for_compiled_programs_is_there(tmp_path):
    folder = tmp_path / "a" / "b"
    assert made_folder(str(folder)) == str(folder.resolve())
    assert folder.is_dir()
    (tmp_path / "file").write_text("")
    assert made_folder(str(tmp_path / "file" / "below")).endswith("below")
