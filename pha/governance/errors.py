# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N818 - each name states the finding itself
"""Named refusals; the text of each is one line that says what is wrong."""

from __future__ import annotations


class GovernanceError(Exception):
    """What was asked for can't be done."""


class ProposalInvalid(GovernanceError):
    """A proposal's file is malformed, or does not fit the contracts that it names."""


class SimulationFailed(GovernanceError):
    """A proposal would not get through; the text names the stage and the reason."""


class SourceUnreadable(GovernanceError):
    """A contract's source is not written as the generator reads it."""
