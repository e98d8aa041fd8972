# SPDX-License-Identifier: Apache-2.0
"""Through pools and vaults to the people behind them: every wrapped PHA goes to one owner, once.

What a pool has to give out is its pot: the W-PHA on its own account and on its lock account and, for a vault,
what its shares in stake pools are worth. Whoever holds shares gets their value at the pool's price, computed
as the pallets do on a withdrawal. Shares in the queue belong to the user who asked for the withdrawal; their
NFT is the pallet's only to keep. A vault's NFTs in stake pools go into the vault's pot and nowhere else; vaults
do not nest, so one pass over the stake pools and one over the vaults is all.

The state is taken as it stands: a vault's commission that nobody settled before the block is not settled here.

Rounding leaves a remainder in each pot, which is published pool by pool. Where the values come to more than
the pot, all are cut in proportion, so that no one is paid from another pool. Either way, beyond `MOST_ROUNDING`
it is no rounding but a finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pha.bridge.accounts import AccountClass, classify_account
from pha.bridge.findings import Finding
from pha.bridge.holding_entries import NftId
from pha.bridge.pool_entries import StakePool, Vault
from pha.bridge.pool_fixed_point import PoolArithmeticError, share_price, value_of_shares
from pha.bridge.staking_state import StakingState

MOST_ROUNDING = 10**10  # 0.01 PHA, the least that anyone could contribute
BASE_POOL_ACCOUNT = b"basepool".ljust(32, b"\0")


class Origin(StrEnum):
    """Where an amount comes from, for the reports."""

    NATIVE = "native"
    WRAPPED = "wrapped"
    OWNER_REWARD = "stake pool owner's rewards"
    LEGACY_REWARD = "legacy rewards"
    STAKE_POOL = "stake pool shares"
    VAULT = "vault shares"
    VAULT_OWNER = "vault owner's shares"
    QUEUED = "queued withdrawals"


class Claim(NamedTuple):
    """Shares of one pool that belong to `account`."""

    account: bytes
    shares: int
    origin: Origin


class Position(NamedTuple):
    """Base units that one account is owed out of W-PHA; `pid` is None where no pool is involved."""

    account: bytes
    amount: int
    origin: Origin
    pid: int | None


class PoolAccount(NamedTuple):
    """How one pool's pot was given out, in base units: `pot` = `given` + `remainder`, and `given` is `cut` short."""

    pid: int
    kind: str
    pot: int
    given: int
    remainder: int
    cut: int


@dataclass
class LookedThrough:
    """All W-PHA by owner: Σ `positions` + Σ remainders of `pools` = Σ W-PHA of the state, to the unit."""

    positions: list[Position] = field(default_factory=list)
    pools: list[PoolAccount] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def remainder(self) -> int:
        """What rounding left in all pots together."""
        return sum(pool.remainder for pool in self.pools)


def look_through(state: StakingState) -> LookedThrough:
    """Every wrapped PHA of `state` by the account it belongs to."""
    result = LookedThrough()
    taken = _pool_accounts(state, result.findings)
    claims = _claims(state, result.findings)
    stake_pools = [pool for _, pool in sorted(state.pools.items()) if isinstance(pool, StakePool)]
    vaults = [pool for _, pool in sorted(state.pools.items()) if isinstance(pool, Vault)]
    vault_of = {vault.account: vault for vault in vaults}
    vault_pots = {vault.pid: taken(vault.account) for vault in vaults}

    for pool in stake_pools:
        pot = taken(pool.account) + taken(pool.lock_account)
        for claim, amount in _give(pool, pot, claims[pool.pid], result):
            if claim.account in vault_of:
                vault_pots[vault_of[claim.account].pid] += amount
            else:
                result.positions.append(Position(claim.account, amount, claim.origin, pool.pid))
        reward = taken(pool.owner_account)
        result.positions.append(Position(pool.owner, reward, Origin.OWNER_REWARD, pool.pid))
    for vault in vaults:
        mine = [*claims[vault.pid], Claim(vault.owner, vault.owner_shares, Origin.VAULT_OWNER)]
        for claim, amount in _give(vault, vault_pots[vault.pid], mine, result):
            if claim.account in vault_of:
                name = f"nested-vault:{vault.pid}"
                result.findings.append(Finding(name, f"vault {vault_of[claim.account].pid} holds shares of it"))
            result.positions.append(Position(claim.account, amount, claim.origin, vault.pid))
    for account, balance in sorted(state.wrapped.items()):
        if not taken.has(account):
            result.positions.append(Position(account, balance, Origin.WRAPPED, None))
    return result


class _PoolBalances:
    """W-PHA on the accounts of pools: each balance can be taken once, whatever the state says."""

    def __init__(self, wrapped: dict[bytes, int], accounts: Iterable[bytes]) -> None:
        self._left = {account: wrapped.get(account, 0) for account in accounts}
        self._accounts = frozenset(self._left)

    def __call__(self, account: bytes) -> int:
        return self._left.pop(account, 0)

    def has(self, account: bytes) -> bool:
        return account in self._accounts


def _pool_accounts(state: StakingState, findings: list[Finding]) -> _PoolBalances:
    seen: dict[bytes, int] = {}
    for pid, pool in sorted(state.pools.items()):
        accounts = [(pool.account, AccountClass.POOL)]
        if isinstance(pool, StakePool):
            accounts += [(pool.lock_account, AccountClass.POOL_LOCK), (pool.owner_account, AccountClass.POOL_OWNER)]
        for account, expected in accounts:
            if classify_account(account) is not expected:
                findings.append(Finding(f"pool-account:{pid}", f"0x{account.hex()} is not of class {expected}"))
            if account in seen:
                findings.append(Finding(f"pool-account:{pid}", f"0x{account.hex()} is pool {seen[account]}'s too"))
            seen[account] = pid
    return _PoolBalances(state.wrapped, seen)


def _claims(state: StakingState, findings: list[Finding]) -> dict[int, list[Claim]]:
    """Who owns the shares of each pool, by NFT; every NFT counts once or is a finding."""
    pid_of: dict[int, int] = {}
    users: dict[NftId, bytes] = {}
    for pid, pool in sorted(state.pools.items()):
        if pool.collection in pid_of:
            detail = f"collection {pool.collection} is pool {pid_of[pool.collection]}'s too"
            findings.append(Finding(f"pool-collection:{pid}", detail))
            continue
        pid_of[pool.collection] = pid
        for request in pool.queue:
            nft = NftId(pool.collection, request.nft)
            if nft in users or state.owners.get(nft) != BASE_POOL_ACCOUNT or nft not in state.shares:
                detail = "a queued withdrawal without an NFT of its own in the pallet's keeping"
                findings.append(Finding(f"queue:{pid}-{nft.nft}", detail))
                continue
            users[nft] = request.user
    claims: dict[int, list[Claim]] = defaultdict(list)
    for nft, shares in sorted(state.shares.items()):
        pid, owner = pid_of[nft.collection], state.owners.get(nft)
        origin = Origin.VAULT if isinstance(state.pools[pid], Vault) else Origin.STAKE_POOL
        if nft in users:
            claims[pid].append(Claim(users[nft], shares, Origin.QUEUED))
        elif owner is None:
            findings.append(Finding(f"nft-without-owner:{nft.collection}-{nft.nft}", f"{shares} shares of pool {pid}"))
        elif owner == BASE_POOL_ACCOUNT:
            name = f"nft-not-queued:{nft.collection}-{nft.nft}"
            findings.append(Finding(name, f"the pallet keeps {shares} shares of pool {pid} for no withdrawal"))
        else:
            claims[pid].append(Claim(owner, shares, origin))
    findings.extend(
        Finding(f"nft-without-shares:{nft.collection}-{nft.nft}", f"owned by 0x{owner.hex()}")
        for nft, owner in sorted(state.owners.items())
        if nft not in state.shares
    )
    return claims


def _give(pool: StakePool | Vault, pot: int, claims: list[Claim], result: LookedThrough) -> list[tuple[Claim, int]]:
    """Each claim with its base units; together never more than the pot."""
    issued = sum(claim.shares for claim in claims)
    if issued != pool.total_shares:
        detail = f"its holders have {issued} shares together, it counts {pool.total_shares}"
        result.findings.append(Finding(f"pool-shares:{pool.pid}", detail))
    try:
        price = share_price(pool.total_value, pool.total_shares)
        values = [0 if price is None else value_of_shares(claim.shares, price) for claim in claims]
    except PoolArithmeticError as refusal:
        result.findings.append(Finding(f"pool-arithmetic:{pool.pid}", str(refusal)))
        values = [0] * len(claims)
    worth = sum(values)
    short = max(0, worth - pot)
    if short:
        values = [value * pot // worth for value in values]
    given = sum(values)
    if max(short, pot - given) > MOST_ROUNDING:
        detail = f"its shares are worth {worth} base units, it has {pot}"
        result.findings.append(Finding(f"pool-value:{pool.pid}", detail))
    kind = "vault" if isinstance(pool, Vault) else "stake pool"
    result.pools.append(PoolAccount(pool.pid, kind, pot, given, pot - given, short))
    return list(zip(claims, values, strict=True))
