"""The report as a reader sees it: in a real Chromium, on a screen and on a phone."""

import numpy as np
import pytest
from chromium import Browser
from judged_runs import made_up_run

from edge_exit import bundle as bundles
from edge_exit.evaluation import judging
from edge_exit.report import page

SIZES = (390, 1280)
# What is seen of every chart: how large it is, and whether words of it lie outside or on another.
CHARTS = """
[...document.querySelectorAll('svg.chart')].filter(c => c.getClientRects().length).map(c => {
  const box = c.getBoundingClientRect();
  const words = [...c.querySelectorAll('text')].map(t => t.getBoundingClientRect());
  const marks = c.querySelectorAll('rect, path, polygon, circle').length;
  const outside = words.filter(w => w.left < box.left - 4 || w.right > box.right + 4).length;
  return {name: c.getAttribute('aria-label'), width: box.width, height: box.height, marks,
          words: words.length, outside, least: Math.min(...words.map(w => w.height))};
})
"""


@pytest.fixture(scope='module')
def document():
    bundle = bundles.load('cifar10')
    runs = (
        made_up_run(60.0, notes=('ends at 59.0 s: damaged',)),
        made_up_run(60.0, seed=1, policy='learned', offloading=0.2),
    )
    return judging.document([judging.judge(run, bundle) for run in runs])


@pytest.fixture(scope='module')
def report(document, tmp_path_factory):
    def pictures(bag, topic, stamps):
        return {stamp: np.full((48, 64, 3), stamp % 251, np.uint8) for stamp in stamps}

    path = tmp_path_factory.mktemp('report') / 'report.html'
    page.write(path, document, pictures)
    return path


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp('profile')) as browser:
        yield browser


@pytest.mark.parametrize('width', SIZES)
@pytest.mark.parametrize('dark', [False, True], ids=['light', 'dark'])
def test_all_is_there_without_errors_and_without_network(browser, report, width, dark):
    browser.show(report, width=width, dark=dark)
    assert browser.troubles() == []
    assert browser.requests() == []
    assert browser.run('document.documentElement.scrollWidth') <= width
    charts = browser.run(CHARTS)
    names = [chart['name'] for chart in charts]
    for name in ('Timeline', 'Accuracy against cost', 'Latency', 'Exits', 'Differences'):
        assert any(found.startswith(name) for found in names), names
    assert sum(name.startswith('Timeline') for name in names) == 2
    for chart in charts:
        assert chart['width'] >= 0.75 * min(width, 340), chart
        assert chart['height'] >= 30, chart
        assert chart['outside'] == 0, chart
        assert chart['least'] >= 9, chart
    drawn = [chart for chart in charts if not chart['name'].startswith('Differences')]
    assert all(chart['marks'] >= 3 and chart['words'] >= 5 for chart in drawn)
    ink, paper = browser.run(
        '[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]'
    )
    bright = [sum(map(int, c.strip('rgb()').split(','))) for c in (ink, paper)]
    assert (bright[0] > bright[1]) == dark


def test_pictures_are_shown(browser, report, document):
    browser.show(report, width=1280)
    browser.run("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    shown = browser.run(
        'Promise.all([...document.images].map(i => i.decode().then(() => i.naturalWidth)))'
    )
    assert shown == [128] * sum(len(run['worst']) for run in document['runs'])


def test_links_lead_within_the_page(browser, report):
    browser.show(report, width=1280)
    targets = browser.run(
        "[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"
        '.map(h => h[0] === "#" && !!document.getElementById(h.slice(1)))'
    )
    assert len(targets) >= 4
    assert all(targets)


def test_text_of_a_bag_stays_text(browser, document, tmp_path):
    evil = '<img src=http://evil.example/x onerror=alert(1)>"\'&<script>alert(2)</script>'
    run = document['runs'][0]
    changed = {
        **run,
        **dict.fromkeys(('bag', 'topic', 'bundle', 'policy', 'link'), evil),
        'notes': [evil],
        'settings': {evil: evil},
        'worst': [{**row, 'answer': evil, 'truth': evil, 'reason': evil} for row in run['worst']],
        'exits_per_class': [{**row, 'class': evil} for row in run['exits_per_class']],
        'codec_levels': [evil] * 6,
    }
    page.write(tmp_path / 'evil.html', {**document, 'runs': [changed, changed]})
    browser.show(tmp_path / 'evil.html', width=1280)
    assert browser.troubles() == []
    assert browser.requests() == []
    assert browser.run("document.querySelectorAll('script, img').length") == 0
    assert browser.run('document.body.innerText').count(evil) >= 4


def test_an_hour_is_small_and_opens_fast(browser, tmp_path):
    bundle = bundles.load('cifar10')
    hour = judging.judge(made_up_run(3600.0), bundle)
    path = tmp_path / 'hour.html'
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    page.write(
        path, judging.document([hour]), lambda bag, topic, stamps: dict.fromkeys(stamps, noise)
    )
    assert hour.report['figures']['frames_taken'] == 54_000
    assert path.stat().st_size <= 10e6
    assert min(browser.show(path, width=1280) for _ in range(3)) <= 2.0
