"""Versions: one number for the project, one pin for each package that it uses."""

import re
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import edge_exit

ROOT = Path(__file__).parents[2]
INTERFACES = ROOT / 'edge_exit_interfaces'


@pytest.mark.parametrize('folder', [ROOT, INTERFACES])
def test_package_xml_has_the_version_of_the_code(folder: Path):
    assert ElementTree.parse(folder / 'package.xml').findtext('version') == edge_exit.__version__


def test_the_wheel_of_the_interfaces_has_it_too():
    text = (INTERFACES / 'pyproject.toml').read_text()
    assert f'\nversion = "{edge_exit.__version__}"\n' in text


def test_everything_that_pip_installs_is_pinned():
    pinned = {name(line) for line in lines((ROOT / 'constraints.txt').read_text())}
    assert required_packages() - pinned == set()


def required_packages() -> set[str]:
    config = ConfigParser()
    config.read(ROOT / 'setup.cfg')
    texts = [config['options']['install_requires'], *config['options.extras_require'].values()]
    requirements = {name(line) for text in texts for line in lines(text)}
    for project in (ROOT, INTERFACES):
        build = re.search(
            r'^requires = \[(.*?)\]$', (project / 'pyproject.toml').read_text(), re.M | re.S
        )
        requirements |= {name(quoted) for quoted in re.findall(r'"([^"]+)"', build[1])}
    return requirements - {'edge-exit'}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != '#']


def name(requirement: str) -> str:
    return re.match(r'[\w.-]+', requirement)[0].lower().replace('_', '-')
