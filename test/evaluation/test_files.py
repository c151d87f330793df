"""Output files are whole or as they were."""

import pytest

from edge_exit.evaluation.files import write_json, write_whole


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


def test_nan_is_refused_because_it_is_no_json(tmp_path):
    with pytest.raises(ValueError, match='JSON'):
        write_json(tmp_path / 'a.json', {'a': float('nan')})
