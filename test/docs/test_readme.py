"""What README.md and docs/ say is what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import wait_until
from tiny_bundle import write_tiny_bundle

from edge_exit.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / 'README.md').read_text()
PAGES = [ROOT / 'README.md', *sorted((ROOT / 'docs').glob('*.md'))]
PREFIXES = {'<head>': '/robot/head', '<tail>': '/tail'}
# What every node has.
OF_ROS = {'/rosout', '/parameter_events'}


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page):
    links = re.findall(r'\]\((?!https?:)([^)#]+)', page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_commands_and_make_targets_exist(page):
    text = '\n'.join(re.findall(r'^```bash\n(.*?)^```', page.read_text(), re.M | re.S))
    targets = set(re.findall(r'^([\w-]+):', (ROOT / 'Makefile').read_text(), re.M))
    assert set(re.findall(r'^make ([\w-]+)', text, re.M)) <= targets
    assert set(re.findall(r'^edge_exit (\w[\w-]*)', text, re.M)) <= set(COMMANDS)


def test_parameter_tables_are_those_of_the_nodes():
    pytest.importorskip('rclpy', reason='needs ROS 2: `make test` installs it')
    command = [sys.executable, 'tools/readme_tables.py', '--check']
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def topics_of_readme() -> list[tuple[str, str, list[str], list[str]]]:
    """Read name, type, publishing and subscribing nodes of each topic."""
    table = README.partition('<!-- topics -->')[2].partition('<!-- end of topics -->')[0]
    rows = [line.strip('| ').split('|') for line in table.strip().splitlines()[2:]]
    return [
        (
            name.strip(' `'),
            kind.strip(' `'),
            *([n.strip() for n in part.split(',')] for part in ends),
        )
        for name, kind, *ends in ((*row, '')[:4] for row in rows)
    ]


def resolved(topic: str, node: str) -> str:
    """Give a topic's name for a node of this test."""
    for prefix, name in PREFIXES.items():
        topic = topic.replace(prefix, name)
    if topic.startswith('~'):
        return {'head': '/robot/head', 'tail': '/tail'}[node] + topic[1:]
    return topic if topic.startswith('/') else f'/robot/{topic}'


def test_topics_are_those_of_the_running_nodes(processes, ros_node, tmp_path):
    bundle = str(write_tiny_bundle(tmp_path / 'tiny').path)
    processes.node('tail', params={'bundle': bundle})
    processes.node('head', namespace='/robot', params={'bundle': bundle})
    processes.node('policy', namespace='/robot', params={'bundle': bundle})
    names = {'head': '/robot', 'policy': '/robot', 'tail': '/'}
    documented = set()
    for topic, kind, publishers, subscribers in topics_of_readme():
        for node in names:
            name = resolved(topic, node) if '~' not in topic or node in publishers else ''
            if node in publishers or 'all' in publishers:
                documented.add(('publishes', node, name, kind))
            # A head listens to one of the two kinds of images, by default to the other one.
            if node in subscribers and topic != 'image/compressed':
                documented.add(('subscribes', node, name, kind))

    def running() -> set:
        found = set()
        for node, namespace in names.items():
            for verb, ask in (
                ('publishes', ros_node.get_publisher_names_and_types_by_node),
                ('subscribes', ros_node.get_subscriber_names_and_types_by_node),
            ):
                try:
                    topics = ask(node, namespace)
                except Exception:  # not there yet
                    continue
                found |= {
                    (verb, node, name, kinds[0])
                    for name, kinds in topics
                    if name not in OF_ROS and not name.endswith('/transition_event')
                }
        return found

    try:
        wait_until(lambda: running() == documented, timeout=30)
    except AssertionError:
        differing = running() ^ documented
        raise AssertionError(f'in README or in the graph, not in both: {differing}') from None


def test_tables_of_the_benchmarks_are_those_of_their_results():
    command = [sys.executable, 'benchmarks/tables.py', '--check']
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, (
        'run: python benchmarks/tables.py'
    )
