"""A damaged bag is read up to its damage, and says where that is."""

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='needs rosbags: `make test` installs it')

import bags

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.camera import open_camera

FRAMES = 60
# 100 kB an image: some to a chunk of mcap, each over many pages of sqlite3.
LARGE = {'size': (180, 190)}


def numbers(camera):
    return [int(pixels[0, 0, 0]) for _, _, pixels in camera.images()]


@pytest.mark.parametrize(
    ('storage', 'compression'), [('mcap', None), ('mcap', 'storage'), ('sqlite3', None)]
)
@pytest.mark.parametrize('share', [0.3, 0.999])
def test_a_truncated_bag_is_read_up_to_its_end(tmp_path, storage, compression, share):
    whole = bags.write_bag(
        tmp_path / 'bag', bags.images(FRAMES, **LARGE), storage=storage, compression=compression
    )
    camera = open_camera(str(bags.cut(whole, share)))
    found = numbers(camera)
    assert found == list(range(len(found)))
    least = 0.2 if compression else share - 0.2  # pictures of one colour: few, large chunks
    assert least * FRAMES <= len(found) < FRAMES + (share > 0.9)
    (note,) = camera.notes
    last = (len(found) - 1) * bags.STEP / 1e9
    assert f'ends at {last:.1f} s' in note
    assert bags.storage_file(whole).name in note
    if share < 0.9:
        assert f' of {(FRAMES - 1) * bags.STEP / 1e9:.1f} s' in note


def test_a_truncated_database_of_many_rows_is_read_without_its_trees(tmp_path):
    """The inner pages of a large table lie behind its first rows, and so may be lost."""
    whole = bags.write_bag(tmp_path / 'bag', bags.images(3000, size=(20, 20)), storage='sqlite3')
    found = numbers(open_camera(str(bags.cut(whole, 0.5))))
    assert 1400 < len(found) < 1600
    assert found == [n % 256 for n in range(len(found))]


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_a_bag_that_ends_before_its_first_message_is_refused(tmp_path, storage):
    whole = bags.write_bag(tmp_path / 'bag', bags.images(3), storage=storage)
    with pytest.raises(ConfigError, match=r'bag\.\w+ is damaged'):
        open_camera(str(bags.cut(whole, 0.05)))


def test_damage_in_the_middle_ends_a_bag_there(tmp_path):
    whole = bags.write_bag(tmp_path / 'bag', bags.images(FRAMES, **LARGE))
    file = bags.storage_file(whole)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300_000] = b'\xff' * 300_000
    file.write_bytes(content)
    camera = open_camera(str(whole))
    found = numbers(camera)
    assert 20 <= len(found) <= 30
    assert any('the bag ends at' in note for note in camera.notes)


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_a_recorder_that_was_killed_leaves_no_metadata(tmp_path, storage):
    whole = bags.split_bag(tmp_path / 'bag', bags.images(12), 3, storage=storage)
    (whole / 'metadata.yaml').unlink()
    camera = open_camera(str(whole))
    assert numbers(camera) == list(range(12))
    assert 'metadata' in camera.notes[0]


def test_after_a_damaged_file_of_a_split_bag_nothing_is_read(tmp_path):
    """What comes after a hole is another recording."""
    whole = bags.split_bag(tmp_path / 'bag', bags.images(30, **LARGE), 3)
    second = whole / 'bag_1.mcap'
    second.write_bytes(second.read_bytes()[: second.stat().st_size // 2])
    camera = open_camera(str(whole))
    found = numbers(camera)
    assert 10 <= len(found) < 20
    assert 'bag_1.mcap' in camera.notes[0]


def test_a_missing_file_of_a_split_bag_is_named(tmp_path):
    whole = bags.split_bag(tmp_path / 'bag', bags.images(9), 3)
    (whole / 'bag_2.mcap').unlink()
    camera = open_camera(str(whole))
    assert numbers(camera) == list(range(6))
    assert 'bag_2.mcap' in camera.notes[0]


def noise(frames):
    """Give images that no compression makes smaller."""
    random = np.random.default_rng(0)
    found = []
    for number, (topic, time, name, image) in enumerate(bags.images(frames, **LARGE)):
        image.data[:] = random.integers(0, 256, image.data.size)
        image.data[0] = number
        found.append((topic, time, name, image))
    return found


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_a_truncated_compressed_file_is_read_up_to_its_end(tmp_path, storage):
    whole = bags.write_bag(tmp_path / 'bag', noise(40), storage=storage, compression='file')
    (file,) = whole.glob('*.zstd')
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    camera = open_camera(str(whole))
    found = numbers(camera)
    assert found == list(range(len(found)))
    assert 8 <= len(found) <= 20
    assert f'{file.name} ends before its end' in camera.notes[0]


@pytest.mark.parametrize('compression', ['file', 'message'])
def test_compressed_files_are_read_without_their_metadata(tmp_path, compression):
    """As a recorder leaves them that was killed."""
    whole = bags.split_bag(tmp_path / 'bag', bags.images(12), 3, compression=compression)
    (whole / 'metadata.yaml').unlink()
    assert numbers(open_camera(str(whole))) == list(range(12))


def test_a_file_without_a_byte_ends_a_split_bag(tmp_path):
    """A recorder that dies may just have begun its next file."""
    whole = bags.split_bag(tmp_path / 'bag', bags.images(12), 3)
    (whole / 'bag_2.mcap').write_bytes(b'')
    camera = open_camera(str(whole))
    assert numbers(camera) == list(range(8))
    assert 'bag_2.mcap' in camera.notes[0]
