# SPDX-License-Identifier: Apache-2.0
"""Claims on their way to the bridge, and what it says of them; shared by the commands that send claims."""

from __future__ import annotations

from ape.exceptions import ContractLogicError
from eth_utils import keccak

from pha.bridge.bundles import Snapshot
from pha.bridge.claim import address_bytes
from pha.bridge.conservation import format_pha
from pha.bridge.relay import SignedRequest

UNIT_SCALE = 10**6  # PHA base units in one of the parachain's


def send_claim(bridge, snapshot: Snapshot, request: SignedRequest, sender):
    """Sends one claim; returns the receipt. Raises BridgeError or ContractLogicError."""
    one = request.claim(snapshot, address_bytes(bridge.address), bridge.CHAIN_ID())
    return bridge.claim(one.abi_values(), sender=sender)


def send_batch(bridge, encoded_claims: list[bytes], sender):
    """Sends many claims in one transaction; returns the receipt."""
    return bridge.claimBatch(encoded_claims, sender=sender)


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
