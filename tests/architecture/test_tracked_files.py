"""What is committed is the project alone: no machine's paths, no index hosts, no data."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_BYTES = 1_000_000

# Put together from pieces, so that this file does not find itself.
INDEX_HOSTS = "|".join(
    rf"{name}\.{domain}"
    for name, domain in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("pypi", "python"),
        ("anaconda", "org"),
        ("npmjs", "org"),
        ("jfrog", "io"),
    ]
)
INDEX_OPTIONS = (
    "--(?:" + "|".join(["index" + "-url", "extra-index" + "-url", "trusted" + "-host"]) + ")"
)
# An absolute path into somebody's own folders; relative ones and URLs go on from a word or a colon.
MACHINE_PATHS = r"(?<![\w.:/$}>~-])/(?:home|root|work|opt|Users|mnt)/\w"
FOREIGN = re.compile(f"{INDEX_HOSTS}|{INDEX_OPTIONS}|{MACHINE_PATHS}")


@pytest.fixture(scope="module")
def committed() -> list[Path]:
    """Return what git holds or would take in; in an unpacked archive, everything that is there."""
    if not (ROOT / ".git").exists():
        return [
            path
            for path in ROOT.rglob("*")
            if path.is_file()
            and not any(part.startswith(".") for part in path.parts[len(ROOT.parts) :])
        ]
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_the_listing_holds_the_project(committed):
    assert ROOT / "pyproject.toml" in committed
    assert Path(__file__) in committed


def test_no_index_host_and_no_machine_path(committed):
    found = []
    for path in committed:
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if FOREIGN.search(line)
        ]
    assert not found


def test_no_dataset_is_committed(committed):
    large = {
        path.relative_to(ROOT).as_posix(): path.stat().st_size
        for path in committed
        if path.stat().st_size > MOST_BYTES
    }
    assert not large


@pytest.mark.parametrize(
    "line",
    [
        "https://files.python" + "hosted.org/packages",
        "pip install --index" + "-url x",
        'open("/ho' + 'me/ada/data.npz")',
        "see /ro" + "ot/notes",
    ],
)
def test_foreign_words_are_seen(line):
    assert FOREIGN.search(line)


@pytest.mark.parametrize(
    "line",
    ["https://example.net/home/page", "docs/work/plan.md", "~/work/x", "/dev/null", "a/root/b"],
)
def test_other_words_are_left_alone(line):
    assert not FOREIGN.search(line)
