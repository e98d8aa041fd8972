# SPDX-License-Identifier: Apache-2.0
"""The 64 bytes that a worker has to ask its TEE to sign, for the attestation registry.

The first half is the holder statement of `pha.attestation.registry`; the second is zero for a CPU alone, and else the
nonce that its GPUs have to answer: SHA-256("pha.composite.gpu-nonce.v1" ‖ holder ‖ challenge).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pha.attestation.registry import NO_DEVICES, devices_digest, holder_statement

NONCE_DOMAIN = b"pha.composite.gpu-nonce.v1"


def report_data(
    chain_id: int, registry: bytes, key: bytes, challenge: bytes, identity: bytes, devices: Sequence[bytes] = ()
) -> bytes:
    """What to ask for.

    Args:
        chain_id: of the registry's chain.
        registry: its address, 20 bytes.
        key: the worker's address, 20 bytes.
        challenge: hash of a recent block, 32 bytes.
        identity: the code identity to be judged as, 32 bytes.
        devices: the GPUs' platforms, 32 bytes each, in the order in which their evidence will be given.

    Raises:
        ValueError: a part has another length.
    """
    if any(len(device) != 32 for device in devices):
        raise ValueError("a GPU's platform has 32 bytes")
    digest = devices_digest(devices) if devices else NO_DEVICES
    holder = holder_statement(chain_id, registry, key, challenge, identity, digest)
    return holder + (gpu_nonce(holder, challenge) if devices else bytes(32))


def gpu_nonce(holder: bytes, challenge: bytes) -> bytes:
    """The nonce that every GPU of a machine has to answer, 32 bytes."""
    return hashlib.sha256(NONCE_DOMAIN + holder + challenge).digest()
