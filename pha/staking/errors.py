# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N818 - each name states the finding itself
"""Named refusals of the staking commands; the text of each is one line that says what is wrong and what to do."""

from __future__ import annotations


class StakingError(Exception):
    """What was asked for can't be done."""


class NotDeployed(StakingError):
    """A contract that is needed is not known on this network."""


class AmountInvalid(StakingError):
    """A text is no amount of PHA, or no percentage."""


class FileInvalid(StakingError):
    """A file is not what a command wrote, or was made for something else."""


class NothingToDo(StakingError):
    """There is nothing to send."""


class Refused(StakingError):
    """A contract would revert: nothing was sent. `name` is the error's."""

    def __init__(self, text: str, name: str = "") -> None:
        super().__init__(text)
        self.name = name
