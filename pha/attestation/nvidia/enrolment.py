# SPDX-License-Identifier: Apache-2.0
"""The transactions that make a device known on chain: its chain's tables and certificates, in the order they need.

Like a table's job, a plan keeps no state: `remaining` asks the chain what is there, whoever put it in, and names what
is left. It can be dropped at any point and made anew. Tables of all authorities above the device are made once for all
devices; a device needs two (its own CA's and its report key's), and a new one for the latter when its firmware changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from pha.attestation.nvidia.calldata import Tables, certificate_hints, chain_ids, key_hash
from pha.attestation.nvidia.chain import ROLES, DeviceChain
from pha.bridge.progress import Track, silent
from pha.cryptography.p384_table_job import Stage


class ChainState(Protocol):
    """What a plan has to know of the chain."""

    def table_stage(self, key_hash: bytes) -> Stage:
        """How far a key's table has come."""
        ...

    def has_certificate(self, certificate_id: bytes) -> bool:
        """Whether a certificate has been taken."""
        ...


@dataclass(frozen=True)
class Step:
    """One transaction.

    Attributes:
        contract: to which contract.
        method: its method.
        arguments: as the method takes them.
        purpose: for people.
    """

    contract: Literal["registry", "certificates"]
    method: str
    arguments: tuple[bytes, ...]
    purpose: str

    @property
    def calldata(self) -> bytes:
        """Selector and arguments."""
        types = {
            "proveTeeth": ("bytes", "bytes"),
            "proveTable": ("bytes32", "bytes", "bytes"),
            "put": ("bytes", "bytes32", "bytes"),
        }[self.method]
        return keccak(text=f"{self.method}({','.join(types)})")[:4] + encode(types, self.arguments)


def remaining(
    chain: DeviceChain, state: ChainState, tables: Tables | None = None, track: Track = silent
) -> Iterator[Step]:
    """What is left to be sent so that the device's reports can be judged.

    Steps must be sent in this order; those of a table may go while others wait. The root's certificate is there from
    the deployment on.

    Args:
        chain: the device's.
        state: the chain's state, asked when a step is reached.
        tables: kept from earlier, so as not to be made again.
        track: shows progress over the five keys.

    Raises:
        pha.cryptography.p384_hints.HintError: a certificate is not signed by the one above.
    """
    tables = tables or Tables()
    ids = chain_ids(chain)
    for position, certificate in enumerate(track(chain.certificates, "keys", len(chain.certificates))):
        role = ROLES[position]
        if position and not state.has_certificate(ids[position]):
            hints = certificate_hints(certificate, chain.certificates[position - 1], tables)
            arguments = (certificate.der, ids[position - 1], hints)
            yield Step("certificates", "put", arguments, f"certificate of the {role}")
        stage = state.table_stage(key_hash(certificate.point))
        if stage != Stage.TABLE:
            for call in tables.job(certificate.point).remaining(stage):
                yield Step("registry", call.method, call.arguments, f"table of the {role}: {call.method}")
