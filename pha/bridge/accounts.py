# SPDX-License-Identifier: Apache-2.0
"""What `System.Account` says of an account, and whether any key can sign for it.

Nobody can be paid for an account that no key controls; worse, for some of them *anyone* can make a signature
that verifies. They are told apart here by the account's bytes alone, each with a code for the reports.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pha.bridge.errors import BridgeError
from pha.bridge.scale import encode_uint

ACCOUNT_LENGTH = 32
ACCOUNT_INFO_LENGTH = 80
EXISTENTIAL_DEPOSIT = 10**10  # 0.01 PHA at 12 decimals, on Phala and on Khala


class AccountInfoError(BridgeError):
    """A `System.Account` value that does not have the 80 bytes of its layout."""


class AccountInfo(NamedTuple):
    """`System.Account`: four reference counts, then balances in base units.

    `frozen` lies inside `free`. Before runtimes had `flags`, its place held a second kind of freeze.
    """

    nonce: int
    consumers: int
    providers: int
    sufficients: int
    free: int
    reserved: int
    frozen: int
    flags: int

    @classmethod
    def decode(cls, data: bytes) -> AccountInfo:
        """From 80 bytes: four u32, then four u128, all little-endian. Raises AccountInfoError."""
        if len(data) != ACCOUNT_INFO_LENGTH:
            raise AccountInfoError(f"System.Account has {ACCOUNT_INFO_LENGTH} bytes, not {len(data)}")
        counts = (int.from_bytes(data[at : at + 4], "little") for at in range(0, 16, 4))
        amounts = (int.from_bytes(data[at : at + 16], "little") for at in range(16, 80, 16))
        return cls(*counts, *amounts)

    def encode(self) -> bytes:
        """The 80 bytes again. Raises ScaleError if a number does not fit."""
        counts, amounts = self[:4], self[4:]
        return b"".join([encode_uint(n, 4) for n in counts] + [encode_uint(n, 16) for n in amounts])


class AccountClass(StrEnum):
    """Whether a key can sign for an account, and if not, why; the values are the reports' reason codes.

    `MULTISIG` and `PROXIED` are no matter of the account's bytes: only the state, or whoever runs the multisig, can
    tell (`known_accounts`). Nor is `DUST`: it is what an otherwise claimable account holds too little of.
    """

    SIGNING = "signing"
    DUST = "dust"
    MULTISIG = "multisig"
    PROXIED = "proxied"
    ZERO = "keyless-zero"
    SMALL_ORDER = "keyless-ed25519-small-order"
    BRIDGE_RESERVE = "keyless-bridge-reserve"
    PALLET = "keyless-modl"
    PARACHAIN = "keyless-para"
    SIBLING = "keyless-sibl"
    WRAPPED_PHA = "keyless-wpha"
    BASE_POOL = "keyless-basepool"
    POOL = "keyless-bp"
    POOL_OWNER = "keyless-so"
    POOL_LOCK = "keyless-sl"
    POOL_WORKER = "keyless-spm"


# Derived accounts begin with ASCII text and go on with an id or a hash. A real key begins with one of the
# three-byte texts once in 2^24 by chance; whom that hits is listed in the report, and paying is the bridge's
# to refuse in any case.
KEYLESS_PREFIXES = {
    b"modl": AccountClass.PALLET,
    b"para": AccountClass.PARACHAIN,
    b"sibl": AccountClass.SIBLING,
    b"wpha/": AccountClass.WRAPPED_PHA,
    b"basepool": AccountClass.BASE_POOL,
    b"bp/": AccountClass.POOL,
    b"so/": AccountClass.POOL_OWNER,
    b"sl/": AccountClass.POOL_LOCK,
    b"spm/": AccountClass.POOL_WORKER,
}

# Among the pallets' accounts, those of the bridges (`phala/bg` of ChainBridge, `sygma/01` with its sub-accounts): what
# they hold backs PHA on other chains.
BRIDGE_RESERVES = (b"modlphala/bg", b"modlsygma/01")

CLAIMABLE_CLASSES = frozenset({AccountClass.SIGNING, AccountClass.DUST, AccountClass.MULTISIG, AccountClass.PROXIED})

# edwards25519: the y coordinates of the eight points whose order divides 8. y = 1 is the identity, p - 1 has
# order 2, 0 order 4 and the two others order 8. Values below 19 have a second, non-canonical form y + p;
# every form is taken with either sign bit, also where x is 0 and a strict decoder would refuse it.
FIELD_PRIME = 2**255 - 19
ORDER_EIGHT_Y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER_Y = (
    0,
    1,
    FIELD_PRIME - 1,
    ORDER_EIGHT_Y,
    FIELD_PRIME - ORDER_EIGHT_Y,
    FIELD_PRIME,
    FIELD_PRIME + 1,
)
SMALL_ORDER_ENCODINGS = frozenset(
    (sign << 255 | y).to_bytes(ACCOUNT_LENGTH, "little") for y in SMALL_ORDER_Y for sign in (0, 1)
)


def classify_account(account: bytes) -> AccountClass:
    """SIGNING unless the 32 bytes are those of an account that no key controls."""
    if not any(account):
        return AccountClass.ZERO
    if account in SMALL_ORDER_ENCODINGS:
        return AccountClass.SMALL_ORDER
    if account.startswith(BRIDGE_RESERVES):
        return AccountClass.BRIDGE_RESERVE
    for prefix, reason in KEYLESS_PREFIXES.items():
        if account.startswith(prefix):
            return reason
    return AccountClass.SIGNING
