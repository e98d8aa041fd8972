# SPDX-License-Identifier: Apache-2.0
"""A worker's consent to run for a pool: signed by its attested key, carried to the operator in a file, brought once."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eth_abi.exceptions import EncodingError
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32
from eth_utils.address import to_checksum_address

from pha.staking.errors import FileInvalid
from pha.staking.typed_data import consent_hash


@dataclass(frozen=True)
class Consent:
    """What a key agreed to. `performance` is what the attested program measured, `nonce` the key's next in the
    registry, `deadline` the last second (Unix) of the consent, `signature` 65 bytes of 0x-hex.
    """

    chain_id: int
    registry: str
    key: str
    pool: str
    performance: int
    nonce: int
    deadline: int
    signature: str

    @property
    def digest(self) -> bytes:
        """The EIP-712 hash that the key signs: 32 bytes."""
        return consent_hash(
            self.chain_id, self.registry, self.key, self.pool, self.performance, self.nonce, self.deadline
        )

    def check(self, chain_id: int, registry: str, nonce: int, now: int) -> None:
        """Raises `FileInvalid` where the registry would refuse it."""
        if (self.chain_id, self.registry.lower()) != (chain_id, registry.lower()):
            raise FileInvalid(f"the consent is for registry {self.registry} on chain {self.chain_id}, not for this one")
        if now > self.deadline:
            raise FileInvalid("the consent's time has passed: have the key sign a new one")
        if nonce != self.nonce:
            raise FileInvalid(f"the consent has number {self.nonce}, the key's next is {nonce}: have it sign a new one")
        signature = bytes.fromhex(self.signature.removeprefix("0x"))
        if len(signature) != 65 or _signer(self.digest, signature) != self.key:
            raise FileInvalid(f"the consent is not signed by {self.key}")

    def text(self) -> str:
        """As a file holds it."""
        return json.dumps(asdict(self), indent=2) + "\n"


def sign_consent(
    key: LocalAccount, chain_id: int, registry: str, pool: str, performance: int, nonce: int, deadline: int
) -> Consent:
    """A consent of `key`."""
    unsigned = Consent(chain_id, registry, str(key.address), pool, performance, nonce, deadline, "")
    signature = bytes(key.unsafe_sign_hash(Hash32(unsigned.digest)).signature)
    return Consent(**{**asdict(unsigned), "signature": "0x" + signature.hex()})


def read_consent(path: Path) -> Consent:
    """A consent's file. Raises `FileInvalid`."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        bytes.fromhex(content["signature"].removeprefix("0x"))
        found = Consent(
            chain_id=int(content["chain_id"]),
            registry=str(to_checksum_address(content["registry"])),
            key=str(to_checksum_address(content["key"])),
            pool=str(to_checksum_address(content["pool"])),
            performance=int(content["performance"]),
            nonce=int(content["nonce"]),
            deadline=int(content["deadline"]),
            signature=content["signature"],
        )
        _ = found.digest  # numbers beyond their types have none
        return found
    except (KeyError, TypeError, ValueError, AttributeError, EncodingError) as error:
        raise FileInvalid(f"{path} holds no consent: {error}") from None


def _signer(digest: bytes, signature: bytes) -> str:
    try:
        return str(Account._recover_hash(digest, signature=signature))
    except Exception:  # eth-account raises the errors of whichever backend it found
        return ""
