"""`deniedby simulate` and an IAM engine that is not ours give the same decisions, but for the differences that are listed.

`make oracle` compares many more requests. The engine is installed by `npm ci` in tests/oracle.
"""

import shutil
import sys
from pathlib import Path

import pytest

ORACLE = Path(__file__).resolve().parents[1] / "oracle"
sys.path.insert(0, str(ORACLE))

import compare  # noqa: E402
import generate  # noqa: E402
from conftest import built  # noqa: E402

LINES = 1_500


def test_decisions_are_those_of_another_engine():
    if shutil.which("node") is None or not (ORACLE / "node_modules").is_dir():
        pytest.fail("the other engine is not there: node 20, and `npm ci` in tests/oracle", pytrace=False)
    engines = compare.Engines(built("DENIEDBY_BIN", "deniedby"), jobs=2)
    problems = compare.compare(list(generate.lines(LINES, seed="live")), engines, shrink_most=5)
    assert not problems, "\n".join(problems)
