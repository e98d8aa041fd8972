# SPDX-License-Identifier: Apache-2.0
"""The claim of a native balance by a storage proof, as `MigrationBridge.claimNative` takes it."""

from __future__ import annotations

from dataclasses import dataclass

from eth_abi.abi import encode

from pha.bridge.claim import ClaimPath, Evidence, Request
from pha.bridge.errors import BridgeError
from pha.bridge.scale import ScaleError, ScaleReader
from pha.bridge.storage_proof import StorageProof

ACCOUNT_INFO_LENGTH = 80
UNITS_TO_TOKEN = 10**6
NATIVE_CLAIM_ABI = "(bytes32,bytes,address,uint8,bool,bytes)"


class NativeClaimError(BridgeError):
    """A record, request or proof that makes no claim of a native balance."""


def native_balance(record: bytes) -> int:
    """Free plus reserved of a `System.Account` record (80 bytes), in base units; frozen lies within free.

    Raises NativeClaimError.
    """
    if len(record) != ACCOUNT_INFO_LENGTH:
        raise NativeClaimError(f"a System.Account record has {ACCOUNT_INFO_LENGTH} bytes, not {len(record)}")
    reader = ScaleReader(record)
    try:
        reader.take(16)  # nonce and reference counters
        return reader.uint(16) + reader.uint(16)
    except ScaleError as cause:
        raise NativeClaimError(str(cause)) from None


@dataclass(frozen=True)
class NativeClaim:
    """Everything `claimNative` needs. Raises NativeClaimError if the request was not for this way."""

    account: bytes
    proof: StorageProof
    request: Request
    evidence: Evidence

    def __post_init__(self) -> None:
        if self.request.path is not ClaimPath.NATIVE:
            raise NativeClaimError(f"signed for '{self.request.path} to …', which is for a claim by the tree")

    @property
    def paid(self) -> int:
        """PHA base units (18 decimals) that the bridge will pay."""
        return native_balance(self.proof.value) * UNITS_TO_TOKEN

    def values(self) -> tuple[bytes, bytes, str, int, bool, bytes]:
        """The contract's `NativeClaim`, field by field, for an ABI encoder."""
        recipient = "0x" + self.request.recipient.hex()
        evidence = self.evidence
        return (self.account, self.proof.packed(), recipient, int(evidence.scheme), evidence.wrapped, evidence.data)

    def encode(self) -> bytes:
        """`abi.encode(claim)`: what a relayer puts into a batch of native claims."""
        return encode([NATIVE_CLAIM_ABI], [self.values()])
