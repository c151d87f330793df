"""A bottleneck is trained through the codec that a robot uses."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit.coding import Coding, decode, encode
from edge_exit.training.straight_through import code_and_back


@pytest.mark.parametrize('bits', [8, 4, 2])
@pytest.mark.parametrize('scales', ['common', 'one a channel'])
def test_a_training_sees_exactly_what_the_decoder_will(bits, scales):
    code = torch.randn(4, 16, 9, 9, generator=torch.Generator().manual_seed(0))
    if scales == 'one a channel':
        code[:, 1:] *= 1e-3
    back = code_and_back(code.to(memory_format=torch.channels_last), bits)
    for one, ours in zip(code, back, strict=True):
        coded = encode(one.numpy(), Coding(bits))
        np.testing.assert_array_equal(decode(coded, shape=one.shape), ours.numpy())


def test_the_gradient_passes_as_if_nothing_had_been_rounded():
    code = torch.randn(2, 4, 3, 3, requires_grad=True)
    wanted = torch.randn(2, 4, 3, 3)
    (code_and_back(code, 2) * wanted).sum().backward()
    torch.testing.assert_close(code.grad, wanted)
