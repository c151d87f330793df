"""A bundle loads whole, or is refused with an error that names what is wrong."""

import shutil

import pytest
import yaml
from tiny_bundle import (
    BOTTLENECK,
    CLASSES,
    LEVELS_OF_CODEC,
    QUALITIES,
    SEGMENTS,
    features_shape,
    write_tiny_bundle,
)

from edge_exit import bundle as bundles
from edge_exit.bundle import manifest
from edge_exit.bundle.integrity import file_hash
from edge_exit.errors import BundleError
from edge_exit.inference.network import SegmentedNetwork


@pytest.fixture
def tiny(tmp_path):
    return write_tiny_bundle(tmp_path / 'tiny')


def change(bundle, edit) -> None:
    """Edit the manifest of a bundle."""
    path = bundle.path / manifest.FILE
    values = yaml.safe_load(path.read_text())
    edit(values)
    path.write_text(yaml.safe_dump(values))


def test_loads_what_was_written(tiny):
    loaded = bundles.load(tiny.path)
    assert loaded == tiny
    assert loaded.classes == CLASSES
    assert [segment.index for segment in loaded.segments] == list(range(SEGMENTS))
    assert loaded.segments[0].output_shape == features_shape(0)
    assert loaded.segments[-1].output_shape is None
    assert [split.split for split in loaded.splits] == [0, 1, 2, 3]
    assert loaded.splits[0].shape == (16, 16, 3)
    assert loaded.splits[0].quality == QUALITIES
    assert loaded.splits[1].accuracy == (0.9, 0.9, 0.898, 0.85, None, 0.88)
    assert [level.name for level in loaded.codec_levels] == list(LEVELS_OF_CODEC)
    assert [split.split for split in loaded.splits if split.bottleneck] == [BOTTLENECK]
    assert loaded.splits[BOTTLENECK].bottleneck.shape == (8, 8, 8)


def test_finds_a_bundle_by_name_in_the_folders_of_the_user(tiny, monkeypatch):
    monkeypatch.setenv('EDGE_EXIT_BUNDLES', str(tiny.path.parent))
    assert bundles.load('tiny').model_id == tiny.model_id
    assert 'tiny' in bundles.names()


def test_finds_the_bundles_that_come_with_the_package():
    for name in bundles.names():
        assert bundles.load(name).name == name


@pytest.mark.parametrize('name', ['nowhere', '', '..', '../tiny', 'tiny/../tiny2', '/'])
def test_unknown_name_lists_the_bundles_there_are(name, tiny, monkeypatch, tmp_path):
    monkeypatch.setenv('EDGE_EXIT_BUNDLES', str(tiny.path))
    with pytest.raises(BundleError, match=r'no bundle .*neither a folder'):
        bundles.load(name)


def test_same_contents_have_one_model_id_and_others_another(tmp_path):
    first = write_tiny_bundle(tmp_path / 'a', seed=1, name='a')
    same = write_tiny_bundle(tmp_path / 'b', seed=1, name='b')
    other = write_tiny_bundle(tmp_path / 'c', seed=2, name='c')
    assert first.model_id == same.model_id != other.model_id


FILES = ['weights.safetensors', 'segment_1.onnx', 'backbone.onnx', 'decoder_2.onnx']


@pytest.mark.parametrize('name', FILES)
def test_changed_file_is_named(tiny, name):
    path = tiny.path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=rf'{name} is damaged'):
        bundles.load(tiny.path)


@pytest.mark.parametrize('name', ['weights.safetensors', 'segment_1.onnx', 'bundle.yaml'])
def test_missing_file_is_named(tiny, name):
    (tiny.path / name).unlink()
    with pytest.raises(BundleError, match=name if name != 'bundle.yaml' else 'no bundle'):
        bundles.load(tiny.path)


def test_graph_of_another_model_is_refused(tiny, tmp_path):
    other = write_tiny_bundle(tmp_path / 'other', seed=9)
    shutil.copy(other.path / 'segment_2.onnx', tiny.path)
    shutil.copy(other.path / 'weights.safetensors', tiny.path)
    with pytest.raises(BundleError, match='belongs to another bundle'):
        bundles.load(tiny.path)


def test_graph_of_another_model_is_refused_even_with_its_right_hash(tiny, tmp_path):
    other = write_tiny_bundle(tmp_path / 'other', seed=9)
    shutil.copy(other.path / 'weights.safetensors', tiny.path)
    hashes = yaml.safe_load((other.path / manifest.FILE).read_text())['files']
    change(tiny, lambda values: values.update(files=hashes))
    with pytest.raises(BundleError, match='graph of another model'):
        bundles.load(tiny.path)


def test_segment_that_does_not_fit_its_manifest_is_refused_by_the_runtime(tiny):
    shutil.copy(tiny.path / 'segment_1.onnx', tiny.path / 'segment_2.onnx')
    with pytest.raises(BundleError, match=r'segment_2.onnx belongs to another model'):
        SegmentedNetwork(tiny)


@pytest.mark.parametrize('name', ['segment_1.onnx', 'encoder_2.onnx', 'backbone.onnx'])
def test_graph_cannot_read_weights_outside_of_its_bundle(tiny, name):
    import onnx

    path = tiny.path / name
    graph = onnx.load(path, load_external_data=False)
    shutil.copy(tiny.path / 'weights.safetensors', tiny.path.parent / 'outside')
    for tensor in graph.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == 'location':
                entry.value = '../outside'
    path.write_bytes(graph.SerializeToString())
    change(tiny, set_in('files', name, to=file_hash(path)))
    with pytest.raises(BundleError, match=rf'{name} takes weights from outside'):
        bundles.load(tiny.path)


def set_in(*keys, to):
    """Give an edit that sets one value of a manifest."""

    def edit(values):
        for key in keys[:-1]:
            values = values[key]
        values[keys[-1]] = to

    return edit


IMPOSSIBLE = {
    'path out of the folder': set_in('segments', 0, 'graph', to='../segment_0.onnx'),
    'absolute path': set_in('weights', to='/etc/passwd'),
    'hidden file': set_in('backbone', 'graph', to='.bashrc'),
    'listed path': lambda values: values['files'].update({'../x': '0' * 64}),
    'no hash': set_in('files', 'segment_0.onnx', to='abc'),
    'huge picture': set_in('preprocessing', 'height', to=10**6),
    'huge features': set_in('segments', 0, 'output_shape', to=[4096, 4096, 4096]),
    'negative axis': set_in('segments', 0, 'output_shape', to=[-1, 2, 2]),
    'two channels': set_in('preprocessing', 'channels', to=2),
    'other fit': set_in('preprocessing', 'fit', to='tile'),
    'temperature 0': set_in('segments', 1, 'exit', 'temperature', to=0),
    'temperature NaN': set_in('segments', 1, 'exit', 'temperature', to=float('nan')),
    'true for a number': set_in('segments', 1, 'macs', to=True),
    'no classes': set_in('classes', to=[]),
    'class twice': set_in('classes', to=['red', 'red', 'blue']),
    'class not a name': set_in('classes', to=['red', 5, 'blue']),
    'too many segments': lambda values: values.update(segments=values['segments'] * 30),
    'split missing': lambda values: values['splits'].pop(),
    'split of another shape': set_in('splits', 0, 'shape', to=[1, 2, 3]),
    'bytes of no level': set_in('splits', 0, 'bytes', to=[5]),
    'no bytes': set_in('splits', 1, 'bytes', 0, to=0),
    'accuracy of no level': set_in('splits', 1, 'accuracy', to=[0.5]),
    'accuracy above 1': set_in('splits', 1, 'accuracy', 0, to=1.1),
    'accuracy in words': set_in('splits', 1, 'accuracy', 0, to='good'),
    'times of no level': set_in('splits', 1, 'encode_ms', to=[0.1]),
    'time below 0': set_in('splits', 1, 'decode_ms', 0, to=-0.1),
    'time in words': set_in('splits', 1, 'encode_ms', 0, to='short'),
    'no picture': lambda values: values['splits'].pop(0),
    'picture of another size': set_in('splits', 0, 'shape', to=[16, 3, 16]),
    'picture without quality': lambda values: values['splits'][0].pop('quality'),
    'quality 0': set_in('splits', 0, 'quality', 2, to=0),
    'quality 101': set_in('splits', 0, 'quality', 2, to=101),
    'quality of features': set_in('splits', 1, 'quality', to=[90] * 6),
    'bottleneck of the picture': lambda values: values['splits'][0].update(
        bottleneck=values['splits'][BOTTLENECK]['bottleneck']
    ),
    'bottleneck without decoder': lambda values: values['splits'][2]['bottleneck'].pop('decoder'),
    'encoder out of the folder': set_in('splits', 2, 'bottleneck', 'encoder', to='../encoder'),
    'encoder without a hash': lambda values: values['files'].pop('encoder_2.onnx'),
    'flat code': set_in('splits', 2, 'bottleneck', 'shape', to=[512]),
    'too many channels of a code': set_in('splits', 2, 'bottleneck', 'shape', to=[70_000, 1, 1]),
    'width 0': set_in('codec_levels', 4, 'width', to=0),
    'width above 1': set_in('codec_levels', 4, 'width', to=1.5),
    'width NaN': set_in('codec_levels', 4, 'width', to=float('nan')),
    'level twice': set_in('codec_levels', 2, 'name', to='raw'),
    'JPEG of features': set_in('codec_levels', 2, 'coding', to=128),
    'format of the future': set_in('format', to=3),
    'segments not a list': set_in('segments', to='none'),
}


@pytest.mark.parametrize('case', IMPOSSIBLE)
def test_impossible_manifest_is_refused(tiny, case):
    change(tiny, IMPOSSIBLE[case])
    with pytest.raises(BundleError, match=r'bundle\.yaml'):
        bundles.load(tiny.path)


MEANINGS = {
    'temperature': set_in('segments', 1, 'exit', 'temperature', to=0.5),
    'width': set_in('codec_levels', 5, 'width', to=0.25),
    'quality': set_in('splits', 0, 'quality', 1, to=30),
    'bottleneck': lambda values: values['splits'][BOTTLENECK].pop('bottleneck'),
}


@pytest.mark.parametrize('case', MEANINGS)
def test_changed_meaning_is_refused(tiny, case):
    change(tiny, MEANINGS[case])
    with pytest.raises(BundleError, match='manifest was changed'):
        bundles.load(tiny.path)


BOMBS = {
    'aliases that multiply': 'a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]\n',
    'object': 'a: !!python/object/apply:os.system ["true"]\n',
    'deep nesting': '[' * 100_000,
    'not text': b'\xff\xfe\x00\x01' * 50,
    'too large': 'a: ' + 'x' * (manifest.LARGEST_MANIFEST + 1),
    'a list': '[1, 2]',
    'empty': '',
}


@pytest.mark.parametrize('case', BOMBS)
def test_hostile_yaml_is_refused(tiny, case):
    content = BOMBS[case]
    path = tiny.path / manifest.FILE
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BundleError, match=r'bundle\.yaml'):
        bundles.load(tiny.path)


def test_split_that_does_not_exist_is_named(tiny):
    with pytest.raises(BundleError, match=r'split 9 does not exist .* \(splits: 0\.\.3\)'):
        tiny.split_at(9)


def test_weights_are_stored_once(tiny):
    weights = (tiny.path / 'weights.safetensors').stat().st_size
    graphs = sum(path.stat().st_size for path in tiny.path.glob('*.onnx'))
    assert graphs < weights
