"""The training loop."""

import time
from dataclasses import asdict
from pathlib import Path

import torch
from tqdm import tqdm

from edge_exit.errors import ConfigError
from edge_exit.evaluation.confidence import fit_temperature
from edge_exit.model.build import build, cost, make_spec
from edge_exit.model.convnet import whiten_stem
from edge_exit.model.network import MultiExitNetwork

from . import calibration, checkpoint, evaluation, progress, regimes
from .batches import shrink
from .config import TrainConfig
from .epochs import run_epochs
from .freezing import freeze, set_training
from .losses import joint_loss
from .material import load_pictures, make_batches
from .optimiser import WeightAverage, lr_factor, make_optimiser, set_lr
from .pictures import Pictures, channel_statistics
from .pretrained import pretrained_network, trained_network


def train(config: TrainConfig, *, command: str, resume: bool = False) -> checkpoint.Record:
    """Train, and write `config.out`/final; the state after each epoch lies in `config.out`/resume.

    :param command: the command line, for the record.
    :param resume: go on from the saved state; `config` must then be the one that it was begun with.
    :raises ConfigError: if data or settings do not fit each other, or the loss grows beyond bounds.
    :raises Interrupted: on SIGINT or SIGTERM, once the state has been saved.
    """
    torch.manual_seed(config.seed)
    training, validation = load_pictures(config)
    position = progress.Position(0, 0, command)
    if resume:
        _, position, spec = progress.read_state(Path(config.out))
        network = build(spec)
    else:
        network = new_network(config, training)
    network.to(memory_format=torch.channels_last)
    freeze(network, config.freeze)
    loop = _Loop(config, network, training, validation, position)
    if resume:
        progress.restore(Path(config.out), network, loop.average.network, loop.optimiser)
    loop.run()
    return finish(config, loop.average.network, validation, position.command)


def new_network(config: TrainConfig, training: Pictures) -> MultiExitNetwork:
    """Return the network to begin with, normalised by the statistics of the training pictures."""
    mean, std = channel_statistics(training)
    _, height, width, channels = training.images.shape
    spec = make_spec(
        config.backbone,
        classes=len(training.classes), height=height, width=width, channels=channels,
        mean=mean, std=std, width_multiplier=config.width,
        shares=config.shares, cuts=config.cuts, exit_share=config.exit_share,
    )  # fmt: skip
    if config.weights:
        return pretrained_network(spec, config.weights)
    network = build(spec)
    if config.backbone.startswith('convnet'):
        normalize, stem = network.segments[0][0], network.segments[0][1:]
        whiten_stem(stem, normalize(torch.from_numpy(training.images[:5000])))
    return network


class _Loop:
    """Network, average, optimiser and data of one training, and where it stands."""

    def __init__(
        self,
        config: TrainConfig,
        network: MultiExitNetwork,
        training: Pictures,
        validation: Pictures,
        position: progress.Position,
    ) -> None:
        self._config, self._network, self._position = config, network, position
        self._validation = validation
        self._exit_weights = regimes.exit_weights(config, network)
        self._teacher = _teacher(config, network)
        self._batches = make_batches(
            config, training, batch_size=config.batch_size, seed=config.seed
        )
        self.average = WeightAverage(network, config.ema)
        self.optimiser = make_optimiser(network, config)

    def run(self) -> None:
        """Train from the present position to the end."""
        run_epochs(
            self._config.epochs, self._batches, self._position,
            begin=self._enter_phase, step=self._step, save=self._save, report=self._report,
        )  # fmt: skip

    def _enter_phase(self) -> None:
        """Let what learns in this epoch learn, and nothing else."""
        phase = regimes.phase_at(self._config, self._position.epoch)
        begins = (self._position.epoch, self._position.step) == (phase.first, 0)
        if begins and phase.first and phase.part == regimes.EXITS:
            # Exits must learn on the backbone that is kept, and that is the average.
            self._network.load_state_dict(self.average.network.state_dict())
        self._phase = phase
        self._frozen = regimes.frozen_units(self._config, phase, self._network)
        freeze(self._network, self._frozen)

    def _step(self, pictures: torch.Tensor, labels: torch.Tensor) -> float:
        config, steps, phase = self._config, len(self._batches), self._phase
        step = self._position.epoch * steps + self._position.step
        torch.manual_seed(config.seed * 1_000_003 + step)  # dropout: the same after a resume
        in_phase = step - phase.first * steps
        rate = config.lr * lr_factor(in_phase, (phase.end - phase.first) * steps)
        set_lr(self.optimiser, rate)
        if self._position.epoch < config.small_epochs:
            pictures = shrink(pictures, config.small_size)
        set_training(self._network, self._frozen)
        loss = self._loss(pictures, labels)
        if not loss.isfinite():
            raise ConfigError(f'the loss is {loss.item()} at step {step}: lower lr ({config.lr})')
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.average.update(self._network, in_phase)
        return loss.item()

    def _loss(self, pictures: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        config = self._config
        with torch.autocast('cpu', torch.bfloat16, enabled=config.precision == 'bfloat16'):
            logits, halting = self._answers(pictures)
            teacher = self._taught(pictures)
        return joint_loss(
            logits, halting, labels,
            combined_weight=regimes.combined_weight(config),
            exit_weights=self._exit_weights,
            halting_weight=config.halting_weight,
            distillation=config.distillation,
            label_smoothing=config.label_smoothing,
            teacher=teacher,
        )  # fmt: skip

    @torch.no_grad()
    def _taught(self, pictures: torch.Tensor) -> torch.Tensor | None:
        return None if self._teacher is None else self._teacher.whole(pictures).float()

    def _answers(self, pictures: torch.Tensor) -> tuple[list, list]:
        if self._phase.part == regimes.BACKBONE:  # early exits do not even see the pictures
            return [self._network.whole(pictures).float()], []
        logits, halting = self._network(pictures)
        return [y.float() for y in logits], [score.float() for score in halting]

    def _save(self) -> None:
        progress.save(
            Path(self._config.out), self._config, self._position,
            self._network, self.average.network, self.optimiser,
        )  # fmt: skip

    def _report(self) -> None:
        outputs = evaluation.run(self.average.network, self._validation)
        shares = ' '.join(f'{a:.2%}' for a in evaluation.accuracies(outputs))
        clock = time.strftime('%H:%M:%S')
        tqdm.write(f'{clock} epoch {self._position.epoch}: validation accuracy per exit {shares}')


def _teacher(config: TrainConfig, network: MultiExitNetwork) -> MultiExitNetwork | None:
    if not config.teacher:
        return None
    teacher = trained_network(config.teacher)
    if teacher.spec['classes'] != network.spec['classes']:
        raise ConfigError(
            f'teacher "{config.teacher}" knows {teacher.spec["classes"]} classes, not the '
            f'{network.spec["classes"]} of these pictures'
        )
    return teacher.requires_grad_(False).to(memory_format=torch.channels_last)


def finish(
    config: TrainConfig, network: MultiExitNetwork, validation: Pictures, command: str
) -> checkpoint.Record:
    """Calibrate on the validation pictures, and write the network with its record."""
    outputs = evaluation.run(network, validation)
    labels = outputs.labels.numpy()
    temperatures = [fit_temperature(y.numpy(), labels) for y in outputs.logits]
    calibration.apply_halting(network, calibration.fit_halting(outputs, temperatures))
    outputs = evaluation.run(network, validation)
    macs = cost(network)
    spec = network.spec
    record = checkpoint.Record(
        name=Path(config.out).resolve().name,
        spec=spec,
        classes=list(validation.classes),
        preprocessing={k: spec[k] for k in ('height', 'width', 'channels')} | {'fit': config.fit},
        temperatures=temperatures,
        exit_accuracies=evaluation.accuracies(outputs),
        curve=evaluation.curve(outputs, temperatures, macs),
        segment_macs=macs.segments,
        exit_macs=macs.exits,
        validation_pictures=len(validation),
        data=config.data,
        seed=config.seed,
        command=command,
        config=asdict(config),
    )
    checkpoint.save(Path(config.out) / 'final', network, record)
    return record
