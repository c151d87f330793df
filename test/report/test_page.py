"""The report as a file."""

import json
import resource
import signal
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree

import pytest
from judged_runs import made_up_run

from edge_exit import bundle as bundles
from edge_exit.errors import ConfigError, EdgeExitError
from edge_exit.evaluation import judging
from edge_exit.report import page
from edge_exit.report.markup import Markup, tag
from edge_exit.report.naming import run_names


def document(*runs):
    bundle = bundles.load('cifar10')
    return judging.document([judging.judge(run, bundle) for run in runs or (made_up_run(10.0),)])


def test_it_can_be_made_from_the_json_file_alone():
    found = document()
    assert page.page(json.loads(json.dumps(found))) == page.page(found)


def test_it_holds_every_reference_within_itself():
    written = unescape(page.page(document()))
    assert "default-src 'none'" in written
    assert 'http' not in written.replace('http-equiv', '')


def test_pictures_that_cannot_be_had_leave_a_report_that_says_so():
    def pictures(bag, topic, stamps):
        raise ConfigError(f'{bag} is gone')

    assert 'No pictures: drive.mcap is gone' in page.page(document(), pictures)


def test_agreement_is_not_called_accuracy():
    written = page.page(document(made_up_run(10.0, labelled=False)))
    assert 'that is agreement, not accuracy' in written
    assert 'Agreement with the whole network [%]' in written
    assert 'Accuracy [%]' not in written
    assert 'no labels' not in page.page(document())


def test_a_report_of_no_frames_is_a_page():
    nothing = replace(
        made_up_run(10.0), results=(), labels={}, taken=0, links=(), points=(), capacity=()
    )
    written = page.page(document(nothing, made_up_run(10.0)))
    assert 'None was wrong, late or fell back.' in written


def test_a_full_disk_leaves_the_old_report(tmp_path):
    path = tmp_path / 'report.html'
    path.write_text('old')
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # No file may grow beyond this, as on a disk with so much left.
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(EdgeExitError, match=r'cannot write .*report\.html: .*as it was'):
            page.write(path, document())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def test_runs_are_named_by_what_tells_them_apart():
    one = document(made_up_run(2.0))['runs'][0]
    assert run_names([one, {**one, 'policy': 'learned'}]) == ['dynamic_split', 'learned']
    assert run_names([one, {**one, 'link': 'wifi.csv'}]) == [
        'dynamic_split, fading.csv', 'dynamic_split, wifi.csv',
    ]  # fmt: skip
    seeds = [{**one, 'settings': {'seed': seed}} for seed in (1, 2)]
    assert run_names(seeds) == ['dynamic_split (seed 1)', 'dynamic_split (seed 2)']
    assert run_names([one, one]) == ['dynamic_split (1)', 'dynamic_split (2)']


def test_what_is_not_markup_is_escaped():
    made = tag('p', '<b>', Markup('<i>x</i>'), ['&', 1.0], title='"<', data_x=None)
    assert made == '<p title="&quot;&lt;">&lt;b&gt;<i>x</i>&amp;1</p>'
    assert ElementTree.fromstring(made).get('title') == '"<'
