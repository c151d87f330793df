"""Pictures come in whole, are divided fairly, and batches repeat."""

import json

import cv2
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit.bundle import Preprocessing
from edge_exit.errors import ConfigError
from edge_exit.inference.preprocess import picture_from
from edge_exit.training import sources
from edge_exit.training.batches import Batches, vary_sharpness, zoom_in
from edge_exit.training.pictures import Pictures, hold_out


def some_pictures(count: int = 40) -> Pictures:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 9, 8, 3), dtype=np.uint8)
    return Pictures(images, np.arange(count) % 4, ('a', 'b', 'c', 'd'))


def batches(pictures: Pictures, **changed) -> Batches:
    options = {'shift': 2, 'zoom': 1.0, 'sharpness': 0.0, 'flip': True, 'seed': 3} | changed
    return Batches(pictures, 16, **options)


def test_class_folders_are_read_as_rgb(tmp_path):
    for name, rgb in (('red', (255, 0, 0)), ('blue', (0, 0, 255))):
        (tmp_path / name).mkdir()
        image = np.full((12, 20, 3), rgb[::-1], np.uint8)
        cv2.imwrite(str(tmp_path / name / '0.png'), image)
    pictures = sources.load(str(tmp_path), '', None, 'crop')
    assert pictures.classes == ('blue', 'red')
    assert pictures.images.shape == (2, 12, 12, 3)
    assert pictures.images[0, 0, 0].tolist() == [0, 0, 255]


def test_sheets_are_read_tile_by_tile_in_order(tmp_path):
    tiles = np.random.default_rng(0).integers(0, 256, (200, 4, 4, 3), dtype=np.uint8)
    sheet = tiles.reshape(2, 100, 4, 4, 3).transpose(0, 2, 1, 3, 4).reshape(8, 400, 3)
    cv2.imwrite(str(tmp_path / 'train_0.webp'), sheet[:, :, ::-1], [cv2.IMWRITE_WEBP_QUALITY, 101])
    np.save(tmp_path / 'train_labels.npy', np.arange(200) % 2)
    (tmp_path / 'classes.json').write_text(json.dumps(['even', 'odd']))
    assert np.array_equal(sources.load(str(tmp_path), '', None, 'crop').images, tiles)


def test_what_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match='nowhere'):
        sources.load('nowhere', '', None, 'crop')
    for name in 'ab':
        (tmp_path / name).mkdir()
        (tmp_path / name / 'x.png').write_bytes(b'not a picture')
    with pytest.raises(ConfigError, match=r'x\.png'):
        sources.load(str(tmp_path), '', None, 'crop')


@pytest.mark.parametrize(('fit', 'kept'), [('crop', False), ('stretch', True)])
def test_pictures_come_to_their_size_as_on_the_robot(tmp_path, fit, kept):
    image = np.zeros((8, 16, 3), np.uint8)
    image[:, :2] = 255  # a bright left border
    for name in 'ab':
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / '0.png'), image)
    images = sources.load(str(tmp_path), '', 8, fit).images
    assert images.shape == (2, 8, 8, 3)
    assert (images[:, :, 0] > 200).all() == kept
    assert np.array_equal(images[0], picture_from(image, Preprocessing(8, 8, 3, fit)))


def test_holding_out_takes_the_same_share_of_each_class_and_repeats():
    training, validation = hold_out(some_pictures(), 0.2, seed=1)
    assert np.bincount(validation.labels).tolist() == [2, 2, 2, 2]
    assert len(training) + len(validation) == 40
    again = hold_out(some_pictures(), 0.2, seed=1)[1]
    assert np.array_equal(validation.images, again.images)


def test_too_few_pictures_of_a_class_are_named():
    with pytest.raises(ConfigError, match='"a" has 1'):
        hold_out(some_pictures(4), 0.2, seed=1)


def test_a_batch_depends_on_seed_epoch_and_step_alone():
    whole = list(batches(some_pictures()).epoch(5))
    rest = list(batches(some_pictures()).epoch(5, first_step=1))
    assert torch.equal(whole[1][0], rest[0][0])
    other_epoch = next(batches(some_pictures()).epoch(6))
    assert not torch.equal(whole[0][0], other_epoch[0])


def test_without_augmentation_pictures_are_untouched():
    pictures = some_pictures()
    found, labels = next(batches(pictures, shift=0, flip=False).epoch(0))
    for picture, label in zip(found.numpy(), labels.numpy(), strict=True):
        same = (pictures.images == picture).all((1, 2, 3))
        assert pictures.labels[same].tolist() == [label]


def test_every_picture_is_mirrored_in_exactly_one_of_two_epochs():
    pictures = some_pictures(16)
    both = [next(batches(pictures, shift=0).epoch(epoch))[0].numpy() for epoch in (0, 1)]
    for picture in pictures.images:
        plain = sum((found == picture).all((1, 2, 3)).sum() for found in both)
        assert plain == 1


def test_sharpness_varies_around_the_picture_and_is_the_same_again():
    pictures = torch.from_numpy(some_pictures(64).images // 2 + 64)
    varied = vary_sharpness(pictures, 0.5, np.random.default_rng(0))
    contrast = varied.float().std((1, 2, 3)) / pictures.float().std((1, 2, 3))
    assert contrast.min() < 0.8
    assert contrast.max() > 1.2
    assert (varied.float().mean() - pictures.float().mean()).abs() < 1
    assert torch.equal(varied, vary_sharpness(pictures, 0.5, np.random.default_rng(0)))


def test_sharpness_keeps_an_even_picture_even():
    grey = torch.full((3, 9, 9, 3), 77, dtype=torch.uint8)
    assert torch.equal(vary_sharpness(grey, 1.0, np.random.default_rng(0)), grey)


def test_zoom_keeps_an_even_picture_even():
    grey = torch.full((3, 9, 9, 3), 77, dtype=torch.uint8)
    assert torch.equal(zoom_in(grey, 0.5, np.random.default_rng(0)), grey)
