# SPDX-License-Identifier: Apache-2.0
"""From a chain state to who is owed what: leaves for accounts that a key controls, classes for the rest.

Every account with a balance that a key controls becomes a leaf, however small the balance. An entitlement's
`free` is what `System.Account` holds for it, free and reserved, and what else it could have at any moment;
`frozen` lies inside free and is never added. `staked` is what pools and vaults hold for it. Who is owed what
lies in pools is found by looking through them (`whole_ledger`); `native_ledger` is for states without any.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from pha.bridge.accounts import EXISTENTIAL_DEPOSIT, AccountClass, AccountInfo, classify_account
from pha.bridge.chain_state import ChainState
from pha.bridge.errors import BridgeError
from pha.bridge.findings import Finding, refuse_unaccepted
from pha.bridge.known_accounts import class_of_holder, read_known_accounts
from pha.bridge.ledger_rules import LedgerRules, VestingRule
from pha.bridge.runtime_layouts import Decoders, decode_account_info, decoders_for
from pha.bridge.runtime_metadata import RuntimeMetadata
from pha.bridge.storage_keys import SYSTEM_ACCOUNT, TOTAL_ISSUANCE
from pha.bridge.sum_tree import Leaf
from pha.bridge.vesting import VestingLeaf, claim_leaves, vesting_leaves

U128_LENGTH = 16


class TotalIssuanceError(BridgeError):
    """A state without a readable `Balances.TotalIssuance`."""


class Entitlement(NamedTuple):
    """Base units (12 decimals) that one account is owed for one reason."""

    account: bytes
    free: int
    staked: int


class Excluded(NamedTuple):
    """An account that no key controls, why, and what it holds in base units."""

    account: bytes
    reason: AccountClass
    amount: int


@dataclass(frozen=True)
class Ledger:
    """What a state comes to: leaves ascending by account, the excluded likewise, the issuance they explain.

    Amounts are base units; `empty_accounts` counts accounts that are owed nothing, `remainder` is what rounding
    left in pools and belongs to no account; `known` has the multisigs and proxied accounts, `vesting`
    what of the leaves is not paid at once but into vesting wallets, under `rules`.
    """

    total_issuance: int
    leaves: list[Leaf]
    excluded: list[Excluded]
    empty_accounts: int
    remainder: int = 0
    known: Mapping[bytes, AccountClass] = field(default_factory=dict)
    vesting: list[VestingLeaf] = field(default_factory=list)
    rules: LedgerRules = field(default_factory=LedgerRules)

    @property
    def claim_leaves(self) -> list[Leaf]:
        """The leaves of the claim tree: what is owed less what goes into vesting wallets."""
        return list(claim_leaves(self.leaves, self.vesting)) if self.vesting else self.leaves

    @property
    def dust(self) -> list[Leaf]:
        """The leaves below the parachain's existential deposit; they are paid like the others."""
        return [leaf for leaf in self.leaves if leaf.free + leaf.staked < EXISTENTIAL_DEPOSIT]

    def class_of(self, leaf: Leaf) -> AccountClass:
        """The reason code of a claimable account: dust, multisig, proxied or simply signing."""
        return class_of_holder(leaf.account, leaf.free + leaf.staked, self.known, EXISTENTIAL_DEPOSIT)


def native_entitlements(
    entries: Iterable[tuple[bytes, bytes]],
    decode: Callable[[bytes, bytes], tuple[bytes, AccountInfo]] = decode_account_info,
) -> Iterator[Entitlement]:
    """What `System.Account` entries hold: free + reserved of each, nothing staked.

    Raises what `decode` does, StorageKeyError or AccountInfoError, for an entry that is not what it should be.
    """
    for key, value in entries:
        account, info = decode(key, value)
        yield Entitlement(account, info.free + info.reserved, 0)


def build_ledger(
    entitlements: Iterable[Entitlement],
    total_issuance: int,
    remainder: int = 0,
    known: Mapping[bytes, AccountClass] | None = None,
) -> Ledger:
    """Adds up the entitlements of each account and sorts the accounts by whether a key controls them.

    What is owed to an account may come in any number of entitlements and in any order.
    """
    owed: dict[bytes, tuple[int, int]] = {}
    for account, free, staked in entitlements:
        before = owed.get(account)
        owed[account] = (free, staked) if before is None else (before[0] + free, before[1] + staked)
    leaves: list[Leaf] = []
    excluded: list[Excluded] = []
    empty = 0
    for account in sorted(owed):
        free, staked = owed[account]
        if not free + staked:
            empty += 1
        elif (reason := classify_account(account)) is AccountClass.SIGNING:
            leaves.append(Leaf(account, free, staked))
        else:
            excluded.append(Excluded(account, reason, free + staked))
    return Ledger(total_issuance, leaves, excluded, empty, remainder, known or {})


def total_issuance_of(state: ChainState) -> int:
    """`Balances.TotalIssuance` in base units. Raises TotalIssuanceError."""
    value = state.value(TOTAL_ISSUANCE)
    if value is None or len(value) != U128_LENGTH:
        raise TotalIssuanceError(f"{state.manifest.name} has no Balances.TotalIssuance of 128 bits")
    return int.from_bytes(value, "little")


def native_ledger(
    state: ChainState,
    accepted: Collection[str] = (),
    rules: LedgerRules | None = None,
    metadata: RuntimeMetadata | None = None,
) -> Ledger:
    """The ledger of a checked state by native balances alone. Raises UnacceptedFindingsError besides the others."""
    chosen = rules or LedgerRules()
    known = read_known_accounts(state, chosen.multisigs)
    decoders = decoders_for(state, metadata, accepted)
    entitlements = native_entitlements(state.starting_with(SYSTEM_ACCOUNT), decoders["System.Account"])
    ledger = build_ledger(entitlements, total_issuance_of(state), known=known.classes)
    ledger, findings = with_vesting(ledger, state, chosen, decoders)
    refuse_unaccepted([*decoders.findings, *known.findings, *findings], accepted)
    return ledger


def with_vesting(
    ledger: Ledger, state: ChainState, rules: LedgerRules, decoders: Decoders
) -> tuple[Ledger, list[Finding]]:
    """The ledger under `rules`, and what of the vesting schedules does not fit. Raises ClockError."""
    claimable = {leaf.account: leaf for leaf in ledger.leaves} if rules.vesting is VestingRule.WALLET else {}
    vesting, findings = vesting_leaves(state, rules, claimable, decoders)
    return replace(ledger, vesting=vesting, rules=rules), findings
