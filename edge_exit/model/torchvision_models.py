"""Import torchvision beside a CPU build of torch."""

import importlib
from types import ModuleType

import torch

_SCHEMA = '(Tensor dets, Tensor scores, float iou_threshold) -> Tensor'
_declarations: list[torch.library.Library] = []  # a schema lives as long as its Library object


def _declare_missing_operators() -> None:
    """Declare what a CUDA-built torchvision expects its C++ library to have declared."""
    for name in ('nms', 'qnms'):
        if not hasattr(torch.ops.torchvision, name):
            library = torch.library.Library('torchvision', 'FRAGMENT')
            library.define(name + _SCHEMA)
            _declarations.append(library)


def import_torchvision() -> ModuleType:
    """Return `torchvision.models`, also where torchvision was built for CUDA and torch was not."""
    try:
        return importlib.import_module('torchvision.models')
    except (RuntimeError, AttributeError):  # "operator torchvision::nms does not exist"
        _declare_missing_operators()
        return importlib.import_module('torchvision.models')
