# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N818 - each name states the finding itself
"""Named refusals of the deployment engine.

Every one of them is a `DeploymentError` whose text is one line that says what is wrong and what to do, so
that a command can print it as it is and leave with a status other than 0.
"""

from __future__ import annotations

from collections.abc import Sequence


class DeploymentError(Exception):
    """The deployment can't go on; the text says why and what to do."""


class JournalCorrupt(DeploymentError):
    """A journal line is not one the engine wrote, or no longer follows from the line before it."""


class JournalLocked(DeploymentError):
    """Another run holds the journal."""


class WrongNetwork(DeploymentError):
    """The node is on another chain (chain id or genesis) than the journal or the parameters say."""


class SignerChanged(DeploymentError):
    """The journal's transactions were signed by another account than the one given now."""


class ParameterInvalid(DeploymentError):
    """A parameter file or a value in it is malformed."""


class ParameterMissing(DeploymentError):
    """A value that the steps need is still null."""


class RolesInvalid(DeploymentError):
    """The declaration of the roles is malformed."""


class StepInvalid(DeploymentError):
    """A step file is malformed or asks for something that does not exist."""


class ArtifactInvalid(DeploymentError):
    """A contract is not among the compiled ones, or its arguments don't fit its ABI."""


class StepChanged(DeploymentError):
    """A step behaves otherwise than when it was interrupted."""


class CallReverted(DeploymentError):
    """A call, or the estimate of a transaction, reverted in simulation: nothing was sent."""

    def __init__(self, reason: str, data: bytes = b"") -> None:
        super().__init__(reason)
        self.data = data


class ChainUnavailable(DeploymentError):
    """The node did not answer, or not with what the protocol promises."""


class TransactionRejected(DeploymentError):
    """The node refused a signed transaction."""


class TransactionReverted(DeploymentError):
    """A transaction was mined with status 0."""


class TransactionPending(DeploymentError):
    """A transaction was sent and is not mined yet."""


class NonceTaken(DeploymentError):
    """A journaled transaction can never be mined: something else used its nonce."""


class VerificationFailed(DeploymentError):
    """A step was carried out and the chain does not show what it promised."""

    def __init__(self, step: str, failures: Sequence[str]) -> None:
        super().__init__(f"step {step} does not verify: " + "; ".join(failures))
        self.failures = list(failures)


class ChainDiffers(DeploymentError):
    """The journal, the project and the chain disagree; nothing was sent."""

    def __init__(self, differences: Sequence[str]) -> None:
        count = len(differences)
        noun = "difference" if count == 1 else "differences"
        super().__init__(f"{count} {noun} between journal, project and chain; nothing was sent")
        self.differences = list(differences)
