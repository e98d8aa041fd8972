# SPDX-License-Identifier: Apache-2.0
"""Accounts that are known to be run by others: multisigs and proxied accounts.

Neither shows in an account's bytes. A state names a multisig while one of its calls waits for approvals
(`Multisig.Multisigs`) and every account that has given someone a proxy (`Proxy.Proxies`); a multisig at rest is
known only to its members, who may have it listed in the rules with members and threshold. Being known changes
nothing of what is owed: it tells holders which way of claiming is theirs.

Layouts: `Multisig` of Substrate's `frame/multisig` (when, deposit, depositor, approvals) under a double map of
account and call hash; `Proxies` as in `delegated`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pha.bridge.accounts import AccountClass
from pha.bridge.chain_state import ChainState
from pha.bridge.errors import BridgeError
from pha.bridge.findings import Finding
from pha.bridge.map_keys import MapKeyReader
from pha.bridge.scale import ScaleError, ScaleReader
from pha.bridge.storage_keys import ACCOUNT_ID_LENGTH, storage_prefix

MULTISIGS = storage_prefix("Multisig", "Multisigs")
PROXIES = storage_prefix("Proxy", "Proxies")


@dataclass
class KnownAccounts:
    """`classes` has the accounts (32 bytes) of class MULTISIG or PROXIED; `findings` what could not be read."""

    classes: dict[bytes, AccountClass] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def read_known_accounts(state: ChainState, listed_multisigs: Iterable[bytes] = ()) -> KnownAccounts:
    """What a checked state and a list of multisig accounts say. An account that is both is a multisig."""
    known = KnownAccounts()
    for item, prefix, account_class in (
        ("Proxy.Proxies", PROXIES, AccountClass.PROXIED),
        ("Multisig.Multisigs", MULTISIGS, AccountClass.MULTISIG),
    ):
        decode = _decode_proxies if account_class is AccountClass.PROXIED else _decode_multisig
        known.counts[item] = 0
        for key, value in state.starting_with(prefix):
            known.counts[item] += 1
            try:
                known.classes[decode(key, value)] = account_class
            except BridgeError as refusal:
                known.findings.append(Finding(f"undecodable:0x{key.hex()}", f"{item}: {refusal}"))
    known.classes.update(dict.fromkeys(listed_multisigs, AccountClass.MULTISIG))
    return known


def class_of_holder(account: bytes, owed: int, known: Mapping[bytes, AccountClass], dust_below: int) -> AccountClass:
    """The class of an account that its bytes make claimable, by what it is owed in base units and what is known."""
    if owed < dust_below:
        return AccountClass.DUST
    return known.get(account, AccountClass.SIGNING)


def _decode_multisig(key: bytes, value: bytes) -> bytes:
    keys = MapKeyReader(key, MULTISIGS)
    account = keys.twox64(_account)
    keys.blake2_128(lambda reader: reader.take(32))  # the call's hash
    keys.finish()
    reader = ScaleReader(value)
    reader.take(8 + 16)  # block and extrinsic of the first approval, deposit
    _account(reader)
    _listed(reader, ACCOUNT_ID_LENGTH)
    reader.finish()
    return account


def _decode_proxies(key: bytes, value: bytes) -> bytes:
    keys = MapKeyReader(key, PROXIES)
    account = keys.twox64(_account)
    keys.finish()
    reader = ScaleReader(value)
    _listed(reader, ACCOUNT_ID_LENGTH + 1 + 4)  # delegate, type, delay
    reader.take(16)  # deposit
    reader.finish()
    return account


def _account(reader: ScaleReader) -> bytes:
    return reader.take(ACCOUNT_ID_LENGTH)


def _listed(reader: ScaleReader, width: int) -> None:
    length = reader.compact()
    if not length:
        raise ScaleError("an entry that names nobody: the runtime would have removed it")
    reader.take(length * width)
