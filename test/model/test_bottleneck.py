"""What a bottleneck of any features promises."""

import pytest

torch = pytest.importorskip('torch', reason='training needs torch: pip install edge_exit[train]')

from edge_exit.model.bottleneck import Bottleneck, plan_bottleneck, sent_channels
from edge_exit.model.macs import count_macs
from edge_exit.training.bottleneck_start import begin_with_components

SHAPES = [(32, 20, 20), (64, 10, 10), (128, 7, 7), (16, 13, 9), (160, 5, 5), (320, 1, 1)]


@pytest.mark.parametrize('shape', SHAPES)
def test_any_features_come_back_in_their_shape(shape):
    bottleneck = Bottleneck(plan_bottleneck(shape, 1e6))
    code = bottleneck.encoder(torch.randn(2, *shape))
    assert code.shape[1:] == bottleneck.plan.code_shape
    assert bottleneck.decoder(code).shape == (2, *shape)


@pytest.mark.parametrize('shape', SHAPES[:5])
@pytest.mark.parametrize('budget', [2e5, 1e6, 4e6])
def test_the_encoder_keeps_to_its_budget(shape, budget):
    bottleneck = Bottleneck(plan_bottleneck(shape, budget))
    assert count_macs(bottleneck.encoder, torch.zeros(1, *shape))[0] <= budget


def test_the_first_channels_tell_most():
    generator = torch.Generator().manual_seed(0)
    mix = torch.randn(16, 16, generator=generator)
    features = torch.einsum('ij,njhw->nihw', mix, torch.randn(200, 16, 6, 6, generator=generator))
    features = features * torch.linspace(0.1, 3, 16)[:, None, None]
    bottleneck = Bottleneck(plan_bottleneck((16, 6, 6), 1e6))
    begin_with_components(bottleneck, features, torch.randn(features.shape, generator=generator))
    errors = []
    with torch.no_grad():
        code = bottleneck.encoder(features)
        for width in (0.25, 0.5, 1.0):
            some = code.clone()
            some[:, sent_channels(width, code.shape[1]) :] = 0
            errors.append(((bottleneck.decoder(some) - features) ** 2).mean().item())
        swapped = code.clone()
        swapped[:, : code.shape[1] // 2] = 0
        last_half = ((bottleneck.decoder(swapped) - features) ** 2).mean().item()
    assert errors == sorted(errors, reverse=True)
    assert errors[1] < last_half


def test_the_decoder_knows_which_channels_are_missing_for_each_picture_by_itself():
    bottleneck = Bottleneck(plan_bottleneck((16, 6, 6), 1e6))
    torch.nn.init.normal_(bottleneck.decoder.missing.weight)
    torch.nn.init.normal_(bottleneck.decoder.correction.weight)
    code = bottleneck.encoder(torch.randn(2, 16, 6, 6))
    code[1, 3:] = 0
    with torch.no_grad():
        together = bottleneck.decoder(code)
        alone = torch.cat([bottleneck.decoder(one[None]) for one in code])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(('width', 'sent'), [(1.0, 24), (0.5, 12), (0.25, 6), (0.01, 1)])
def test_a_width_is_a_share_of_the_channels_and_one_at_least(width, sent):
    assert sent_channels(width, 24) == sent


def test_channels_that_the_answer_does_not_hang_on_come_last():
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(300, 16, 6, 6, generator=generator)
    features[:, 8:] *= 3  # large, and of no use
    gradients = torch.randn(300, 16, 6, 6, generator=generator)
    gradients[:, 8:] = 0
    bottleneck = Bottleneck(plan_bottleneck((16, 6, 6), 1e6))
    begin_with_components(bottleneck, features, gradients)
    weight = bottleneck.encoder.conv.weight[: bottleneck.plan.channels // 4]
    assert weight[:, :8].norm() > 3 * weight[:, 8:].norm()
