"""A bundle as simulated worlds need it: its profile, its answers, its messages."""

from dataclasses import replace
from pathlib import Path

from edge_exit.bundle import Bundle
from edge_exit.policy.answers import BLOCK, answers_from
from edge_exit.policy.profile import message_bytes, profile_of
from edge_exit.simulation import outcomes
from edge_exit.simulation.counting import answers_block
from edge_exit.simulation.episodes import World


def world_of(bundle: Bundle, path: Path | None = None, *, learning: bool = False) -> World:
    """Give what episodes of a bundle need.

    Policies know what was counted on the pictures to learn from; where the bundle's manifest does
    not hold it, it is counted from the bundle's own table.

    :param path: outcome table to answer from; if None, the bundle's own: of its pictures, those to
        compare with, or those to learn from.
    :raises ConfigError: if there is no table, or it is another model's.
    """
    own = outcomes.of_bundle(bundle).halves() if bundle.outcomes else None
    if path is None:
        table = (own or outcomes.of_bundle(bundle).halves())[not learning]
    else:
        table = outcomes.load(path, bundle)
    profile = profile_of(bundle)
    if profile.answers is None and own is not None:
        profile = replace(profile, answers=_counted(bundle, own[0]))
    return World(profile, table, message_bytes(0, len(bundle.classes)))


def _counted(bundle: Bundle, table: outcomes.OutcomeTable):
    return answers_from(
        {BLOCK: answers_block(table)},
        exits=len(bundle.segments),
        levels=len(bundle.codec_levels),
        where=bundle.name,
    )
