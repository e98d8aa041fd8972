# SPDX-License-Identifier: Apache-2.0
"""EIP-712 hashes of what workers and gatekeepers sign.

A worker's key consents to its registration, a gatekeeper signs an epoch's report. Hashes are 32 bytes, ready for a
secp256k1 signature r ‖ s ‖ v without any further prefix.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_abi.abi import encode
from sha3 import keccak_256

REGISTRY_NAME = "PhalaWorkerRegistry"
GATEKEEPERS_NAME = "PhalaGatekeepers"
VERSION = "1"

_DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_CONSENT_TYPE = "Consent(address key,address pool,uint32 performance,uint256 nonce,uint256 deadline)"
_REPORT_TYPE = "Report(uint32 epoch,uint32 round,bytes32 root,uint128 totalShare,uint128 totalStake)"


@dataclass(frozen=True)
class Report:
    """What gatekeepers sign of an epoch.

    `epoch` is a UTC day since 1970, `round` counts the reports that were objected to before, `root` is that of the
    records' tree, `total_share` and `total_stake` (wei) are the sums over its records.
    """

    epoch: int
    round: int
    root: bytes
    total_share: int
    total_stake: int

    @property
    def values(self) -> tuple[int, int, bytes, int, int]:
        """As the contract takes it."""
        return (self.epoch, self.round, self.root, self.total_share, self.total_stake)


def keccak(data: bytes) -> bytes:
    """Keccak-256 as Ethereum has it: 32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest


def domain_separator(name: str, chain_id: int, contract: str) -> bytes:
    """The EIP-712 domain separator of a contract, version 1."""
    fields = (keccak(_DOMAIN_TYPE.encode()), keccak(name.encode()), keccak(VERSION.encode()), chain_id, contract)
    return keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], fields))


def consent_hash(
    chain_id: int, registry: str, key: str, pool: str, performance: int, nonce: int, deadline: int
) -> bytes:
    """What `key` signs to work for `pool` with the benchmark `performance`, until `deadline` (Unix seconds)."""
    fields = (keccak(_CONSENT_TYPE.encode()), key, pool, performance, nonce, deadline)
    struct = keccak(encode(["bytes32", "address", "address", "uint32", "uint256", "uint256"], fields))
    return keccak(b"\x19\x01" + domain_separator(REGISTRY_NAME, chain_id, registry) + struct)


def report_hash(chain_id: int, gatekeepers: str, report: Report) -> bytes:
    """What a gatekeeper signs of an epoch."""
    fields = (keccak(_REPORT_TYPE.encode()), *report.values)
    struct = keccak(encode(["bytes32", "uint32", "uint32", "bytes32", "uint128", "uint128"], fields))
    return keccak(b"\x19\x01" + domain_separator(GATEKEEPERS_NAME, chain_id, gatekeepers) + struct)
