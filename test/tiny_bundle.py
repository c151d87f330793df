"""A small bundle that tests make themselves, and pictures that steer where a frame leaves.

The network tells red from green from blue, the surer the brighter the picture: exit i sees it
amplified 2**i times. `picture(color, exit)` leaves at just that exit if the exit threshold is
THRESHOLD; `picture(color, None)` is sure enough at no exit and so leaves at the last one.
Split BOTTLENECK has a bottleneck, whose first channels carry the colours; level SLIM sends half.

    bundle = write_tiny_bundle(tmp_path / 'tiny')
    image = camera_image('green', exit=2)          # 640x480 BGR, as a camera gives it
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edge_exit.bundle import Bundle
from edge_exit.bundle.writer import write

CLASSES = ('red', 'green', 'blue')
SEGMENTS = 4
THRESHOLD = 0.8
SIDE = 16
CHANNELS = 16
LEVELS_OF_CODEC = {
    'raw': (32, None),
    '8bit': (8, None),
    '4bit': (4, None),
    '2bit': (2, None),
    'w100_8bit': (8, 1.0),
    'w50_8bit': (8, 0.5),
}
QUALITIES = (95, 90, 80, 60, 60, 60)
BOTTLENECK = 2
SLIM = list(LEVELS_OF_CODEC).index('w50_8bit')
CODE_CHANNELS = 8
STRIDES = (1, 2, 1, 2)
# Logit of exit 0 for a colour at full strength.
GAIN = 4.0
# Logit at which an exit begins to be sure enough.
SURE_LOGIT = 2.8
# Brightness of the one colour in the picture, by the exit that it leaves at.
LEVELS = {0: 255, 1: 128, 2: 64, 3: 32, None: 8}


def write_tiny_bundle(folder: Path, *, seed: int = 0, name: str = 'tiny') -> Bundle:
    """Write the bundle; another seed gives another model.

    :param folder: is made; for finding the bundle by name it must be called like it.
    """
    generator = np.random.default_rng(seed)
    tensors = {}
    for index in range(SEGMENTS):
        tensors |= _segment_tensors(index, generator)
    graphs = {f'segment_{index}.onnx': _segment_graph(index, tensors) for index in range(SEGMENTS)}
    graphs['backbone.onnx'] = _backbone_graph(tensors)
    tensors |= _bottleneck_tensors(generator)
    graphs |= _bottleneck_graphs(tensors)
    return write(folder, _manifest(name), graphs=graphs, tensors=tensors)


def picture(color: str, exit: int | None) -> np.ndarray:
    """Give the network's picture, uint8 (16, 16, 3) RGB, that leaves at this exit."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[:, :, CLASSES.index(color)] = LEVELS[exit]
    return pixels


def camera_image(
    color: str, exit: int | None, *, height: int = 480, width: int = 640
) -> np.ndarray:
    """Give a camera's image, uint8 (H, W, 3) BGR, that leaves at this exit."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, :, 2 - CLASSES.index(color)] = LEVELS[exit]
    return image


def class_folders(root: Path, images: Callable[[str], Iterable[np.ndarray]]) -> Path:
    """Write one folder of pictures for each class, and return their root.

    :param images: gives those of a class, uint8 (H, W, 3) BGR.
    """
    for color in CLASSES:
        (root / color).mkdir(parents=True)
        for place, image in enumerate(images(color)):
            assert cv2.imwrite(str(root / color / f'{place}.png'), image)
    return root


def one_for_each_exit(color: str) -> list[np.ndarray]:
    """Give camera images of a class that leave at one exit each."""
    return [camera_image(color, exit) for exit in LEVELS]


def features_shape(index: int) -> tuple[int, int, int]:
    """Give the shape of the features after a segment."""
    side = SIDE // int(np.prod(STRIDES[: index + 1]))
    return CHANNELS, side, side


def _segment_tensors(index: int, generator: np.random.Generator) -> dict[str, np.ndarray]:
    inputs = 3 if index == 0 else CHANNELS
    # The first three channels carry the colours on unchanged; the others are random mixtures, which
    # change the answers a little, so that damaged features show.
    conv = generator.normal(0, 0.3 / np.sqrt(9 * inputs), (CHANNELS, inputs, 3, 3))
    conv[:3] = 0
    conv[range(3), range(3), 1, 1] = 1
    gain = GAIN * 2**index
    logits = generator.normal(0, 0.01 * gain, (len(CLASSES), CHANNELS))
    logits[:, :3] = gain * np.eye(3)
    # A halting score near 1 where the logits are sure, near 0 elsewhere.
    halt = np.zeros((1, CHANNELS))
    halt[0, :3] = 8 * gain
    values = {
        'conv': conv,
        'logits': logits,
        'halt': halt,
        'halt_bias': np.full(1, -8 * SURE_LOGIT),
    }
    tensors = {f'{index}.{name}': value.astype(np.float32) for name, value in values.items()}
    return tensors | {f'exits.{index}.temperature': np.ones((), np.float32)}


def _segment_graph(index: int, tensors: dict[str, np.ndarray]) -> onnx.ModelProto:
    last = index == SEGMENTS - 1
    nodes, features = _segment_nodes(index, 'picture' if index == 0 else 'features')
    outputs = [_value('believed', TensorProto.FLOAT, (len(CLASSES) + 1,))]
    outputs.append(_value('said', TensorProto.FLOAT, (len(CLASSES) + (not last),)))
    if last:
        nodes.append(helper.make_node('Identity', ['logits'], ['said']))
    else:
        nodes.append(helper.make_node('Identity', [features], ['out']))
        nodes += _halt_nodes(index)
        nodes.append(helper.make_node('Concat', ['logits', 'halt'], ['said'], axis=1))
        outputs.append(_value('out', TensorProto.FLOAT, features_shape(index)))
    nodes += _belief_nodes(index, last)
    names = [f'{index}.conv', f'{index}.logits', f'exits.{index}.temperature']
    if not last:
        names += [f'{index}.halt', f'{index}.halt_bias']
    inputs = [_input(index), _value('belief', TensorProto.FLOAT, (len(CLASSES) + 1,))]
    return _model(nodes, inputs, outputs, {name: tensors[name] for name in names})


def _belief_nodes(index: int, last: bool) -> list:
    """Fold logits and halting logit into the belief."""
    nodes = [
        helper.make_node('Split', ['belief', 'parts'], ['mass', 'left'], axis=1),
        helper.make_node('Div', ['logits', f'exits.{index}.temperature'], ['tempered']),
        helper.make_node('Softmax', ['tempered'], ['own'], axis=1),
    ]
    if not last:
        nodes.append(helper.make_node('Sigmoid', ['halt'], ['any_score']))
        nodes.append(helper.make_node('Max', ['any_score', 'least_score'], ['score']))
        nodes.append(helper.make_node('Mul', ['left', 'score'], ['spent']))
    spent = 'left' if last else 'spent'
    return [
        *nodes,
        helper.make_node('Mul', ['own', spent], ['given']),
        helper.make_node('Add', ['mass', 'given'], ['new_mass']),
        helper.make_node('Sub', ['left', spent], ['new_left']),
        helper.make_node('Concat', ['new_mass', 'new_left'], ['believed'], axis=1),
    ]


def _bottleneck_tensors(generator: np.random.Generator) -> dict[str, np.ndarray]:
    # A little of every other feature goes into the channels behind the colours.
    encoder = generator.normal(0, 0.1, (CODE_CHANNELS, CHANNELS, 1, 1)).astype(np.float32)
    encoder[:3] = 0
    encoder[range(3), range(3)] = 1
    decoder = np.ascontiguousarray(encoder.transpose(1, 0, 2, 3))
    return {
        f'bottlenecks.{BOTTLENECK}.encoder.conv': encoder,
        f'bottlenecks.{BOTTLENECK}.decoder.conv': decoder,
    }


def _bottleneck_graphs(tensors: dict[str, np.ndarray]) -> dict[str, onnx.ModelProto]:
    graphs, whole = {}, features_shape(BOTTLENECK - 1)
    code = (CODE_CHANNELS, *whole[1:])
    for half, source, target, shapes in (
        ('encoder', 'features', 'code', (whole, code)),
        ('decoder', 'code', 'features', (code, whole)),
    ):
        name = f'bottlenecks.{BOTTLENECK}.{half}.conv'
        graphs[f'{half}_{BOTTLENECK}.onnx'] = _model(
            [helper.make_node('Conv', [source, name], [target])],
            [_value(source, TensorProto.FLOAT, shapes[0])],
            [_value(target, TensorProto.FLOAT, shapes[1])],
            {name: tensors[name]},
        )
    return graphs


def _backbone_graph(tensors: dict[str, np.ndarray]) -> onnx.ModelProto:
    nodes, features = [], 'picture'
    for index in range(SEGMENTS):
        added, features = _segment_nodes(index, features, with_exit=index == SEGMENTS - 1)
        nodes += added
    names = [f'{index}.conv' for index in range(SEGMENTS)] + [f'{SEGMENTS - 1}.logits']
    outputs = [_value('logits', TensorProto.FLOAT, (len(CLASSES),))]
    return _model(nodes, [_input(0)], outputs, {name: tensors[name] for name in names})


def _segment_nodes(index: int, source: str, *, with_exit: bool = True) -> tuple[list, str]:
    nodes = []
    if index == 0:
        nodes += [
            helper.make_node('Cast', [source], ['float'], to=TensorProto.FLOAT),
            helper.make_node('Mul', ['float', 'per_level'], ['scaled']),
            helper.make_node('Transpose', ['scaled'], ['colours'], perm=[0, 3, 1, 2]),
        ]
        source = 'colours'
    stride = [STRIDES[index]] * 2
    nodes += [
        helper.make_node(
            'Conv', [source, f'{index}.conv'], [f'{index}.mixed'], pads=[1, 1, 1, 1], strides=stride
        ),
        helper.make_node('Relu', [f'{index}.mixed'], [f'{index}.features']),
    ]
    if with_exit:
        nodes += [
            helper.make_node('GlobalAveragePool', [f'{index}.features'], [f'{index}.mean']),
            helper.make_node('Flatten', [f'{index}.mean'], [f'{index}.flat']),
            helper.make_node('Gemm', [f'{index}.flat', f'{index}.logits'], ['logits'], transB=1),
        ]
    return nodes, f'{index}.features'


def _halt_nodes(index: int) -> list:
    inputs = [f'{index}.flat', f'{index}.halt', f'{index}.halt_bias']
    return [helper.make_node('Gemm', inputs, ['halt'], transB=1)]


def _input(index: int):
    if index == 0:
        return _value('picture', TensorProto.UINT8, (SIDE, SIDE, 3))
    return _value('features', TensorProto.FLOAT, features_shape(index - 1))


def _value(name: str, kind: int, shape: tuple[int, ...]):
    return helper.make_tensor_value_info(name, kind, ['batch', *shape])


def _model(
    nodes: list, inputs: list, outputs: list, tensors: dict[str, np.ndarray]
) -> onnx.ModelProto:
    constants = [numpy_helper.from_array(value, name) for name, value in tensors.items()]
    constants.append(numpy_helper.from_array(np.float32(1 / 255), 'per_level'))
    constants.append(numpy_helper.from_array(np.array([len(CLASSES), 1]), 'parts'))
    constants.append(numpy_helper.from_array(np.float32(1e-6), 'least_score'))
    graph = helper.make_graph(nodes, 'tiny', inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)


def _manifest(name: str) -> dict:
    shapes = [features_shape(index) for index in range(SEGMENTS - 1)]
    segments = [
        {
            'graph': f'segment_{index}.onnx',
            'macs': (3 if index == 0 else CHANNELS) * 9 * int(np.prod(features_shape(index))),
            'parameters': 3000,
            'output_shape': list(shapes[index]) if index < SEGMENTS - 1 else None,
            'exit': {'macs': 4 * CHANNELS, 'temperature': 1.0, 'accuracy': 0.5 + 0.1 * index},
            'reference_ms': 0.05,
        }
        for index in range(SEGMENTS)
    ]
    macs = sum(segment['macs'] for segment in segments) + segments[-1]['exit']['macs']
    return {
        'name': name,
        'classes': list(CLASSES),
        'preprocessing': {'height': SIDE, 'width': SIDE, 'channels': 3, 'fit': 'crop'},
        'segments': segments,
        'backbone': {
            'graph': 'backbone.onnx',
            'macs': macs,
            'parameters': 8000,
            'reference_ms': 0.2,
            'accuracy': 0.9,
        },
        'codec_levels': [
            {'name': key, 'coding': bits} | ({'width': width} if width else {})
            for key, (bits, width) in LEVELS_OF_CODEC.items()
        ],
        'splits': [_split(split, shape) for split, shape in enumerate([(SIDE, SIDE, 3), *shapes])],
    }


def _split(split: int, shape: tuple[int, int, int]) -> dict:
    values = {
        'split': split,
        'shape': list(shape),
        'bytes': [int(np.prod(shape)) * bits // 8 for bits, _ in LEVELS_OF_CODEC.values()],
        'accuracy': [0.9, 0.9, 0.898, 0.85, None, 0.88],
        'encode_ms': [0.01, 0.02, 0.02, 0.02, 0.04, 0.03],
        'decode_ms': [0.01, 0.01, 0.01, 0.01, 0.03, 0.02],
    }
    if split == 0:
        values |= {'quality': list(QUALITIES), 'bytes': [500, 450, 400, 350, 350, 350]}
    if split == BOTTLENECK:
        code = [CODE_CHANNELS, *shape[1:]]
        values['bottleneck'] = {
            'encoder': f'encoder_{split}.onnx',
            'decoder': f'decoder_{split}.onnx',
            'shape': code,
            'encoder_macs': CHANNELS * int(np.prod(code)),
            'decoder_macs': CHANNELS * int(np.prod(code)),
        }
    return values
