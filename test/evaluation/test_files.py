"""Output files are whole or as they were."""

import os
from pathlib import Path

import pytest

from edge_exit.errors import ConfigError, EdgeExitError
from edge_exit.evaluation.files import check_place, write_json, write_whole


def test_a_file_appears_whole_with_its_folder(tmp_path):
    write_json(tmp_path / 'out' / 'a.json', {'a': 1})
    assert (tmp_path / 'out' / 'a.json').read_text() == '{\n  "a": 1\n}\n'


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / 'a.bin'
    path.write_bytes(b'old')

    def fail(file):
        file.write(b'half')
        raise RuntimeError('disk full')

    with pytest.raises(RuntimeError, match='disk full'):
        write_whole(path, fail)
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_named_with_the_file():
    with pytest.raises(EdgeExitError, match='cannot write /dev/full: No space left on device'):
        write_whole(Path('/dev/full'), lambda file: file.write(b'figures'))


def test_a_link_stays_a_link(tmp_path):
    path, link = tmp_path / 'a.json', tmp_path / 'latest.json'
    link.symlink_to(path)
    write_json(link, 1)
    assert link.is_symlink()
    assert path.read_text() == '1\n'


def test_what_is_no_file_is_written_to_but_not_replaced(tmp_path):
    """Such as `--json /dev/stdout`: who may do all must not lose it."""
    read, write = os.pipe()
    link = tmp_path / 'stdout'
    link.symlink_to(f'/proc/self/fd/{write}')
    write_json(link, 1)
    os.close(write)
    with os.fdopen(read, 'rb') as pipe:
        assert pipe.read() == b'1\n'
    assert link.is_symlink()


def test_a_place_where_nothing_can_be_written_is_known_before(tmp_path):
    file = tmp_path / 'a.json'
    check_place(None)
    check_place(file)
    check_place(tmp_path / 'new' / 'folder' / 'a.json')
    with pytest.raises(ConfigError, match='it is a folder'):
        check_place(tmp_path)
    file.touch()
    with pytest.raises(ConfigError, match=r'a\.json is no folder'):
        check_place(file / 'b.json')


def test_nan_is_refused_because_it_is_no_json(tmp_path):
    with pytest.raises(ValueError, match='JSON'):
        write_json(tmp_path / 'a.json', {'a': float('nan')})
