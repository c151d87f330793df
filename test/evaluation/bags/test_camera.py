"""The images of a recording, however it was stored; what is no camera is refused by name."""

import cv2
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='needs rosbags: `make test` installs it')

import bags
from rosbags.typesys import get_types_from_msg

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.camera import open_camera

COMPRESSED, ODD = 'sensor_msgs/msg/CompressedImage', 'odd_msgs/msg/Odd'


def values(camera):
    """Give the grey value of each image of `bags.images`."""
    return [int(pixels[0, 0, 0]) for _, _, pixels in camera.images()]


@pytest.mark.parametrize(
    ('storage', 'compression'),
    [
        ('mcap', None),
        ('mcap', 'storage'),
        ('mcap', 'message'),
        ('mcap', 'file'),
        ('sqlite3', None),
        ('sqlite3', 'message'),
        ('sqlite3', 'file'),
    ],
)
def test_images_come_in_order_with_their_stamps(tmp_path, storage, compression):
    bag = bags.write_bag(tmp_path / 'bag', bags.images(5), storage=storage, compression=compression)
    camera = open_camera(str(bag))
    assert (camera.topic, camera.frames, camera.start) == ('/image', 5, bags.START)
    found = [(time, stamp) for time, stamp, _ in camera.images()]
    assert found == [(bags.START + n * bags.STEP, bags.stamp(n)) for n in range(5)]
    assert values(camera) == values(camera) == list(range(5))
    assert camera.notes == []


def test_a_split_bag_is_one_recording(tmp_path):
    bag = bags.split_bag(tmp_path / 'bag', bags.images(9), 3)
    camera = open_camera(str(bag))
    assert values(camera) == list(range(9))


@pytest.mark.parametrize('compression', [None, 'message'])
def test_one_file_of_a_bag_is_enough(tmp_path, compression):
    bag = bags.write_bag(
        tmp_path / 'bag', bags.images(4), storage='sqlite3', compression=compression
    )
    assert values(open_camera(str(bags.storage_file(bag)))) == list(range(4))


def test_compressed_images_are_opened(tmp_path):
    picture = np.full((6, 8, 3), 77, np.uint8)
    png = cv2.imencode('.png', picture)[1].ravel()
    message = bags.make(COMPRESSED, header=bags.header(5), format='bgr8; png', data=png)
    bag = bags.write_bag(tmp_path / 'bag', [('/image', bags.START, COMPRESSED, message)])
    ((_, stamp, pixels),) = open_camera(str(bag)).images()
    assert stamp == 5
    np.testing.assert_array_equal(pixels, picture)


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_a_bag_without_definitions_is_read_by_those_of_its_distribution(tmp_path, storage):
    bag = bags.write_bag(tmp_path / 'bag', bags.images(3), storage=storage, definitions=False)
    assert values(open_camera(str(bag))) == [0, 1, 2]


def test_bad_images_are_left_out_and_counted(tmp_path):
    rows = bags.images(4)
    rows[1][3].data = rows[1][3].data[:-1]
    rows[2][3].encoding = 'purple16'
    camera = open_camera(str(bags.write_bag(tmp_path / 'bag', rows)))
    assert values(camera) == [0, 3]
    assert camera.rejected == {'truncated': 1, 'unknown encoding': 1}
    assert 'bad images left out (truncated): 1' in camera.notes


def test_a_message_that_is_not_what_its_definition_says_is_a_bad_image(tmp_path):
    rows = [*bags.images(2), ('/image', bags.START + 2 * bags.STEP, bags.IMAGE, bytes([0, 1] * 9)),
            ('/image', bags.START + 3 * bags.STEP, bags.IMAGE, bytes([0, 1]))]  # fmt: skip
    camera = open_camera(str(bags.write_bag(tmp_path / 'bag', rows)))
    assert values(camera) == [0, 1]
    assert camera.rejected == {'not readable': 2}
    assert len(list(camera.stamps())) == 4


def test_images_that_nobody_stamped_are_known_by_when_they_were_recorded(tmp_path):
    rows = bags.images(3)
    for _, _, _, image in rows:
        image.header = bags.header(0)
    camera = open_camera(str(bags.write_bag(tmp_path / 'bag', rows)))
    times = [bags.START + n * bags.STEP for n in range(3)]
    assert [stamp for _, stamp, _ in camera.images()] == times
    assert [stamp for _, stamp in camera.stamps()] == times
    assert camera.pictures(times[1:2])[times[1]][0, 0, 0] == 1


def test_images_of_the_same_stamp_are_told(tmp_path):
    rows = bags.images(4)
    rows[2][3].header = rows[1][3].header
    camera = open_camera(str(bags.write_bag(tmp_path / 'bag', rows)))
    assert values(camera) == list(range(4))
    assert camera.notes == ['images judged as another one of the same stamp: 1']


def test_pictures_are_found_by_stamp_in_colour(tmp_path):
    bag = bags.write_bag(tmp_path / 'bag', bags.images(6))
    pictures = open_camera(str(bag)).pictures([bags.stamp(4), bags.stamp(1), 17])
    assert {stamp: picture[0, 0, 0] for stamp, picture in pictures.items()} == {
        bags.stamp(1): 1,
        bags.stamp(4): 4,
    }
    assert all(picture.shape == (6, 8, 3) for picture in pictures.values())


def test_a_wrong_topic_names_those_that_there_are(tmp_path):
    rows = bags.images(2, topic='/left') + bags.images(2, topic='/right') + bags.labels(2)
    bag = str(bags.write_bag(tmp_path / 'bag', rows))
    with pytest.raises(ConfigError, match=r'"/front" \(image topics: /left, /right\)'):
        open_camera(bag, '/front')
    with pytest.raises(ConfigError, match=r'which topic is the camera\? .*/left, /right'):
        open_camera(bag)
    assert open_camera(bag, '/right').frames == 2


def test_a_bag_without_images_is_no_camera(tmp_path):
    bag = str(bags.write_bag(tmp_path / 'bag', bags.labels(2)))
    with pytest.raises(ConfigError, match='it has no images'):
        open_camera(bag)


@pytest.mark.parametrize('kind', ['missing', 'text file', 'empty folder', 'picture', 'empty bag'])
def test_what_is_no_bag_is_an_error_of_one_line_that_names_it(tmp_path, kind):
    path = tmp_path / 'drive.mcap'
    if kind == 'text file':
        path.write_text('no bag')
    elif kind == 'empty folder':
        path.mkdir()
    elif kind == 'picture':
        path = tmp_path / 'drive.png'
        path.write_bytes(b'\x89PNG\r\n')
    elif kind == 'empty bag':
        path = bags.write_bag(tmp_path / 'empty', [])
    with pytest.raises(ConfigError) as caught:
        open_camera(str(path))
    assert str(path) in str(caught.value)
    assert '\n' not in str(caught.value)


def test_custom_messages_beside_the_images_do_no_harm(tmp_path):
    """Recorders write what they are told, and not all of it is known here."""
    odd = get_types_from_msg('float32[<=3] things\nstring name', ODD)
    bags.types().register(odd)
    rows = [*bags.images(3), ('/odd', bags.START, ODD, b'\0\1\0\0\0\0\0\0')]
    assert values(open_camera(str(bags.write_bag(tmp_path / 'bag', rows)))) == [0, 1, 2]
