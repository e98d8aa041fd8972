# SPDX-License-Identifier: Apache-2.0
"""Staking: holders', operators', gatekeepers' and auditors' work, from the command line.

ape run stake deposit 100 --pool 3 --account me            stake; `--vault only` for vPHA
ape run stake show 0x…                                     what is staked where, what can be claimed, votes
ape run stake request 50 --pool 3 --account me             ask back; `claim` when it has matured
ape run stake move 50 --from 3 --to 4 --account me         to another pool, without a day that earns nothing
ape run stake pools | vault | workers | rewards | gatekeepers | slash     tables; with commands of their own
ape run stake keep --account me                            whatever is due for all, done
ape run stake simulate                                     years of rewards and slashes, with pictures
"""

from __future__ import annotations

import click

from scripts import (
    _stake_gatekeepers,
    _stake_holders,
    _stake_keeping,
    _stake_moving,
    _stake_pools,
    _stake_rewards,
    _stake_slash,
    _stake_workers,
)
from scripts._stake_session import HELP
from scripts._stake_simulation import simulate


@click.group(context_settings=HELP)
def cli():
    """Stake PHA, run pools and workers, report and reward, slash.

    Contracts are found in the network's address file (`--addresses`), or by `--at factory=0x…`; what pools obey the
    factory tells. Every command that sends tries its step first; `--dry-run` stops there, and `--safe FILE` writes a
    batch for a Safe.
    """


for part in (
    _stake_holders,
    _stake_moving,
    _stake_pools,
    _stake_keeping,
    _stake_workers,
    _stake_rewards,
    _stake_gatekeepers,
    _stake_slash,
):
    part.register(cli)
cli.add_command(simulate)
