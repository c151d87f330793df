"""docs/evaluation.md lists what an evaluation's JSON holds: all of it, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from judged_runs import made_up_run

from edge_exit import bundle as bundles
from edge_exit.evaluation import judging

DOCS = Path(__file__).parents[2] / 'docs' / 'evaluation.md'
# Their keys are names of parameters, as docs/policies.md and README.md have them.
PARAMETERS = ('settings', 'energy_model')


@pytest.fixture(scope='module')
def document() -> dict:
    bundle = bundles.load('cifar10')
    runs = [made_up_run(60.0, seed=seed) for seed in range(2)]
    return judging.document([judging.judge(run, bundle) for run in runs])


def keys(value) -> Iterator[str]:
    """Give the keys of a document, those of parameters left out."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            if key not in PARAMETERS:
                yield from keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


def test_every_key_is_documented(document):
    words = set(re.findall(r'\w+', DOCS.read_text()))
    # `latency_ms_mean`, `_p50`, `_p90`: only the end of the others is written.
    known = {key for key in keys(document) if {key, f'_{key.rsplit("_", 1)[-1]}'} & words}
    assert set(keys(document)) - known == set()


def test_nothing_is_documented_that_is_not_there(document):
    """The first column of the tables, and what `figures` are."""
    there = set(keys(document))
    rows = re.findall(r'^\| (`[^|]+) \|', DOCS.read_text(), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r'`(\w+)`', row)}
    assert len(named) > 50
    values = {'labels'}  # of judged_by, in a table of its own
    ends = {name for name in named if name.startswith('_')}
    assert {name for name in named - there - values - ends} == set()
    assert all(any(key.endswith(end) for key in there) for end in ends)
