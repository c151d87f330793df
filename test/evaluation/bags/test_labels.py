"""True classes from a topic or a file, matched with the images they belong to."""

import pytest

pytest.importorskip('rosbags', reason='needs rosbags: `make test` installs it')

import bags

from edge_exit.errors import ConfigError
from edge_exit.evaluation.bags.labels import labels_of, without_label

CLASSES = ('cat', 'dog', 'cow')


@pytest.fixture
def bag(tmp_path):
    return str(bags.write_bag(tmp_path / 'bag', bags.images(6)))


def write(tmp_path, *lines):
    path = tmp_path / 'labels.csv'
    path.write_text('\n'.join(lines) + '\n')
    return str(path)


def test_the_label_topic_of_a_bag_is_found(tmp_path):
    path = bags.write_bag(tmp_path / 'bag', bags.images(6) + bags.labels(4))
    found, notes = labels_of(str(path), None, CLASSES)
    assert found == {bags.stamp(n): n % 3 for n in range(4)}
    assert notes == []
    assert without_label([bags.stamp(n) for n in range(6)], found) == ['frames without a label: 2']


def test_a_bag_without_labels_has_none(bag):
    assert labels_of(bag, None, CLASSES) == ({}, [])
    assert without_label([1, 2], {}) == []


@pytest.mark.parametrize(
    'lines',
    [
        ('stamp_ns,label', f'{bags.stamp(1)},dog', f'{bags.stamp(4)},cow'),
        ('frame,label', '1,dog', '4,2'),
        ('time_s,label', '0.05,dog', '0.21,cow'),
        ('\ufeffframe,label', '1,dog', '', '4,cow', ''),
    ],
)
def test_a_file_says_by_stamp_number_or_time_which_image_it_means(bag, tmp_path, lines):
    found, notes = labels_of(bag, write(tmp_path, *lines), CLASSES)
    assert found == {bags.stamp(1): 1, bags.stamp(4): 2}
    assert notes == []


def test_rows_that_belong_to_no_image_are_counted(bag, tmp_path):
    found, notes = labels_of(bag, write(tmp_path, 'time_s,label', '0.1,dog', '9.0,dog'), CLASSES)
    assert found == {bags.stamp(2): 1}
    assert notes[0].endswith('belong to no image of their own: 1')


@pytest.mark.parametrize(
    ('lines', 'text'),
    [
        (('when,label', '1,dog'), "line 1: columns are 'when,label', needed are stamp_ns or"),
        (('frame,label', '1,horse'), r"line 2: 'horse' is no class \(classes: cat, dog, cow\)"),
        (('frame,label', '1,7'), "line 2: '7' is no class"),
        (('frame,label', 'one,dog'), "line 2: frame is 'one', a number is needed"),
        (('frame,label', '1'), 'line 2: 1 values, needed are 2'),
        (('time_s,label', '0.1,dog', 'nan,dog'), "line 3: time_s is 'nan', a number is needed"),
        (('time_s,label', '1e300,dog'), "line 2: time_s is '1e300', a number is needed"),
        (('',), "line 1: columns are ''"),
        (('frame,label',), 'has no rows'),
        (('frame,label', '17,dog'), 'its column frame names none of the 6 images'),
    ],
)
def test_a_bad_file_is_refused_with_line_and_value(bag, tmp_path, lines, text):
    with pytest.raises(ConfigError, match=text):
        labels_of(bag, write(tmp_path, *lines), CLASSES)


def test_labels_that_are_not_there_are_named(bag, tmp_path):
    with pytest.raises(ConfigError, match=r'nowhere\.csv cannot be read'):
        labels_of(bag, str(tmp_path / 'nowhere.csv'), CLASSES)
    with pytest.raises(ConfigError, match=r'no labels on the topic "/truth" \(it has none'):
        labels_of(bag, '/truth', CLASSES)


def test_labels_of_another_model_are_refused_and_single_ones_left_out(tmp_path):
    rows = bags.images(6) + bags.labels(6)
    path = str(bags.write_bag(tmp_path / 'bag', rows))
    found, notes = labels_of(path, '/label', CLASSES[:2])
    assert set(found.values()) == {0, 1}
    assert notes == ['labels that are none of the 2 classes: 2']
    with pytest.raises(ConfigError, match='none of the 6 labels on /label'):
        labels_of(path, '/label', ())
