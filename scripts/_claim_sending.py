# SPDX-License-Identifier: Apache-2.0
"""Claims on their way to the bridge, and what it says of them; shared by the commands that send claims."""

from __future__ import annotations

from ape.exceptions import ContractLogicError
from eth_utils import keccak

from pha.bridge.bundles import Snapshot
from pha.bridge.claim import Claim, address_bytes
from pha.bridge.conservation import format_pha
from pha.bridge.native_claim import NativeClaim
from pha.bridge.relay import SignedRequest
from pha.bridge.state_proofs import StateProofs

UNIT_SCALE = 10**6  # PHA base units in one of the parachain's


def send_claim(
    bridge, request: SignedRequest, sender, *, snapshot: Snapshot | None = None, proofs: StateProofs | None = None
):
    """Sends one claim; returns the receipt. Raises BridgeError or ContractLogicError."""
    one = request.claim(snapshot, address_bytes(bridge.address), bridge.CHAIN_ID(), proofs)
    if isinstance(one, NativeClaim):
        return bridge.claimNative(one.values(), sender=sender)
    return bridge.claim(one.abi_values(), sender=sender)


def send_batch(bridge, claims: list[Claim] | list[NativeClaim], sender):
    """Sends many claims of one kind in one transaction; returns the receipt."""
    encoded = [claim.encode() for claim in claims]
    if claims and isinstance(claims[0], NativeClaim):
        return bridge.claimNativeBatch(encoded, sender=sender)
    return bridge.claimBatch(encoded, sender=sender)


def describe(error: ContractLogicError) -> str:
    """The name of the bridge's error with its values."""
    inputs = getattr(error, "inputs", None)
    if inputs is None:
        return str(error)
    values = ", ".join(f"{name} {shown(value)}" for name, value in inputs.items())
    return f"{error.abi.name}({values})"


def reason_name(bridge, reason: bytes) -> str:
    """The name of the error that `reason` (ABI-encoded, as the event carries it) begins with."""
    for error in bridge.contract_type.errors:
        if keccak(text=error.selector)[:4] == reason[:4]:
            return error.name
    return f"unreadable reason 0x{reason[:4].hex()}"


def shown(value) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def pha(amount: int) -> str:
    """PHA base units (18 decimals) as PHA, to the last unit of the parachain's twelve decimals."""
    return format_pha(amount // UNIT_SCALE)
