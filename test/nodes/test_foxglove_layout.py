"""The Foxglove layout shows what the nodes really publish."""

import json
import re
from importlib.resources import files

import pytest

pytest.importorskip('edge_exit_interfaces', reason='needs edge_exit_interfaces to be built')

from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image

from edge_exit_interfaces import msg as messages

LAYOUT = json.loads((files('edge_exit') / 'config' / 'foxglove_layout.json').read_text())
# As README.md lists them, for a robot in /robot.
TOPICS = {
    '/robot/inference': messages.Inference,
    '/robot/link_quality': messages.LinkQuality,
    '/robot/operating_point': messages.OperatingPoint,
    '/robot/head/debug_image': Image,
    '/tail/status': messages.TailStatus,
    '/diagnostics': DiagnosticArray,
}


def placed(tree) -> list[str]:
    if isinstance(tree, str):
        return [tree]
    assert set(tree) == {'direction', 'first', 'second', 'splitPercentage'}
    assert tree['direction'] in ('row', 'column')
    assert 0 < tree['splitPercentage'] < 100
    return placed(tree['first']) + placed(tree['second'])


def paths(value) -> list[str]:
    """List every message path and topic in a panel's settings."""
    if isinstance(value, dict):
        return [path for item in value.values() for path in paths(item)]
    if isinstance(value, list):
        return [path for item in value for path in paths(item)]
    return [value] if isinstance(value, str) and value.startswith('/') else []


def test_every_panel_is_placed_once():
    assert sorted(placed(LAYOUT['layout'])) == sorted(LAYOUT['configById'])


@pytest.mark.parametrize('panel', LAYOUT['configById'])
def test_every_path_leads_to_a_field_of_a_topic(panel):
    found = paths(LAYOUT['configById'][panel])
    assert found
    for path in found:
        topic, _, field = path.partition('.')
        assert topic in TOPICS, path
        if field:
            assert field in TOPICS[topic].get_fields_and_field_types(), path


def test_all_topics_of_the_robot_are_shown():
    shown = {path.partition('.')[0] for path in paths(LAYOUT['configById'])}
    assert shown == set(TOPICS)


def test_outcomes_have_the_names_of_the_message():
    rules = LAYOUT['configById']['Indicator!outcome']['rules']
    for rule in rules:
        number = getattr(messages.Inference, rule['label'].upper())
        assert rule['rawValue'] == str(number)
    assert all(re.fullmatch('#[0-9a-f]{6}', rule['color']) for rule in rules)
