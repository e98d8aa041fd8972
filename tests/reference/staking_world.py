# SPDX-License-Identifier: Apache-2.0
"""A parachain state with pools, vaults, share NFTs and queues whose truth is known before a byte is encoded.

Written apart from the decoders: storage prefixes are literals from the chain's documentation, the encoding is
`struct`, and what everyone is owed is plain rational arithmetic. In an `exact` world all shares are whole PHA
and all prices dyadic, so that the pallets' fixed point loses nothing and the truth holds to the unit; in the
other kind shares and prices have every digit, and the truth is a fraction that amounts must come close to.
"""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b

import xxhash

PHA = 10**12
ACCOUNT = "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
ISSUANCE = "c2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80"
WRAPPED = "682a59d51ab9e48a8c8cc418ff9708d2b99d880ec681799c0cf30e8886371da9bf32fda715f66a3c3ce50b372f20098410270000"
POOLS = "00f8eafbad3b4a32114491ad7e1249144c72016d74b63ae83d79b02efdb5528e"
PROPERTIES = "5bef2c5471aa9e955551dc810f5abb39a436740684271e6e2985d7bb452fdf99"
OWNERS = "5e8a19e3cd1b7c148b33880c479c0281b99d880ec681799c0cf30e8886371da9"
STAKERS = "1466de7f00add77dbab4df042b8c4a844bfcf803903c3e31dcebb33e2e3a5b10"
VESTING = "5f27b51b5ec208ee9cb25b55d8728243" * 2

WPHA = b"wpha/".ljust(32, b"\0")
BASE_POOL = b"basepool".ljust(32, b"\0")
SUBSIDY = b"modlphala/pp".ljust(32, b"\0")
TREASURY = b"modlpy/trsry".ljust(32, b"\0")


def twox64(data: bytes) -> bytes:
    return xxhash.xxh64(data, seed=0).digest()[::-1] + data


def blake2(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest() + data


def u128(value: int) -> bytes:
    return struct.pack("<QQ", value & (2**64 - 1), value >> 64)


def compact(value: int) -> bytes:
    if value < 64:
        return struct.pack("<B", value * 4)
    assert value < 2**14
    return struct.pack("<H", value * 4 + 1)


def vector(items: list[bytes]) -> bytes:
    return compact(len(items)) + b"".join(items)


def option(item: bytes | None) -> bytes:
    return b"\0" if item is None else b"\1" + item


def person(number: int) -> bytes:
    return blake2b(b"person %d" % number, digest_size=32).digest()


def derived(kind: bytes, pid: int, owner: bytes) -> bytes:
    """`bp/`, `so/` and `sl/` accounts: the tag, then as much of the hash as fits 32 bytes."""
    return (kind + blake2b(struct.pack("<Q", pid) + owner, digest_size=32).digest())[:32]


def wrapped_key(account: bytes) -> bytes:
    return bytes.fromhex(WRAPPED) + blake2(account)


def property_key(collection: int, nft: int, name: bytes = b"stake-info") -> bytes:
    number = struct.pack("<BI", 1, nft)
    return bytes.fromhex(PROPERTIES) + blake2(struct.pack("<I", collection)) + blake2(number) + blake2(vector_of(name))


def owner_key(owner: bytes, collection: int, nft: int) -> bytes:
    return (
        bytes.fromhex(OWNERS) + blake2(owner) + blake2(struct.pack("<I", collection)) + blake2(struct.pack("<I", nft))
    )


def vector_of(data: bytes) -> bytes:
    return compact(len(data)) + data


def legacy_key(account: bytes, pid: int) -> bytes:
    def name(text: bytes) -> bytes:
        return xxhash.xxh64(text, seed=0).digest()[::-1] + xxhash.xxh64(text, seed=1).digest()[::-1]

    return name(b"PhalaStakePoolv2") + name(b"LegacyRewards") + twox64(account + struct.pack("<Q", pid))


@dataclass
class PoolPlan:
    """One pool as it is meant to be; `stakes` are (account, shares, queued)."""

    pid: int
    is_vault: bool
    owner: bytes
    price: Fraction
    stakes: list[tuple[bytes, int, bool]] = field(default_factory=list)
    owner_shares: int = 0
    invested: list[int] = field(default_factory=list)
    total_value: int = 0

    @property
    def account(self) -> bytes:
        return derived(b"bp/", self.pid, self.owner)

    @property
    def collection(self) -> int:
        return 10_000 + self.pid

    @property
    def total_shares(self) -> int:
        return sum(shares for _, shares, _ in self.stakes) + self.owner_shares


class StakingWorld:
    """`free` and `staked` are the truth in base units; `pairs()` is the state that says so."""

    def __init__(self, seed: int, people: int = 12, stake_pools: int = 4, vaults: int = 2, *, exact: bool = True):
        self.random = random.Random(seed)
        self.exact = exact
        self.people = [person(number) for number in range(people)]
        self.native: dict[bytes, tuple[int, int]] = {}
        self.wrapped: dict[bytes, int] = {}
        self.legacy: dict[tuple[bytes, int], int] = {}
        self.free: dict[bytes, int] = dict.fromkeys(self.people, 0)
        self.staked: dict[bytes, Fraction] = dict.fromkeys(self.people, Fraction(0))
        self.remainder = 0
        self.pools = [PoolPlan(pid, False, self.anyone(), self.price()) for pid in range(stake_pools)]
        self.vaults = [PoolPlan(stake_pools + at, True, self.anyone(), self.vault_price()) for at in range(vaults)]
        self._fund_people()
        for pool in self.pools:
            self._fill_stake_pool(pool)
        for vault in self.vaults:
            self._fill_vault(vault)
        self.native[WPHA] = (sum(self.wrapped.values()), 0)
        self.native[SUBSIDY] = (sum(self.legacy.values()) + self.amount(), 0)
        self.native[TREASURY] = (self.amount(), 0)

    def anyone(self) -> bytes:
        return self.random.choice(self.people)

    def amount(self) -> int:
        return self.random.randrange(1, 1000 * PHA)

    def shares(self) -> int:
        whole = 8 * self.random.randrange(1, 500)
        return whole * PHA if self.exact else self.random.randrange(10**10, whole * PHA)

    def price(self) -> Fraction:
        if self.exact:
            return Fraction(self.random.choice([4, 5, 6, 8]), 4)
        return Fraction(self.random.randrange(1, 10**6), self.random.randrange(10**5, 10**6))

    def vault_price(self) -> Fraction:
        return Fraction(self.random.choice([1, 2, 4]), 2) if self.exact else self.price()

    def _fund_people(self) -> None:
        for account in self.people:
            free, reserved, loose = self.amount(), self.random.choice([0, self.amount()]), self.amount()
            self.native[account] = (free, reserved)
            self.wrapped[account] = loose
            self.free[account] += free + reserved + loose
        for account in self.people[::3]:
            amount = self.amount()
            self.legacy[account, 3] = amount
            self.free[account] += amount

    def _fill_stake_pool(self, pool: PoolPlan) -> None:
        for account in self.random.sample(self.people, len(self.people) // 2):
            pool.stakes.append((account, self.shares(), False))
            if self.random.random() < 0.4:
                pool.stakes.append((account, self.shares(), True))
        for vault in self.vaults:
            if self.random.random() < 0.7:
                vault.invested.append(pool.pid)
                pool.stakes.append((vault.account, self.shares(), False))
                if self.random.random() < 0.5:
                    pool.stakes.append((vault.account, self.shares(), True))
        pool.total_value = int(pool.total_shares * pool.price)
        dust = self.random.randrange(1000)  # rewards too small for the pallet to distribute stay behind like this
        self.remainder += dust
        bound = self.random.randrange(pool.total_value)
        self.wrapped[derived(b"sl/", pool.pid, pool.owner)] = bound
        self.wrapped[pool.account] = pool.total_value - bound + dust
        reward = self.amount()
        self.wrapped[derived(b"so/", pool.pid, pool.owner)] = reward
        self.free[pool.owner] += reward
        self._owe(pool)

    def _fill_vault(self, vault: PoolPlan) -> None:
        loose = 2 * PHA * self.random.randrange(1, 500) if self.exact else self.amount()
        self.wrapped[vault.account] = loose
        invested = [
            shares * pool.price for pool in self.pools for account, shares, _ in pool.stakes if account == vault.account
        ]
        vault.total_value = int(loose + sum(invested))
        shares = int(vault.total_value / vault.price)
        step = PHA if self.exact else 1
        for account in self.random.sample(self.people, len(self.people) // 3):
            part = self.random.randrange(1, shares // step // 8) * step
            vault.stakes.append((account, part, self.random.random() < 0.3))
            shares -= part
        vault.owner_shares = shares
        self._owe(vault)

    def _owe(self, pool: PoolPlan) -> None:
        for account, shares, _ in pool.stakes:
            if account in self.staked:
                self.staked[account] += shares * pool.price
        self.staked[pool.owner] += pool.owner_shares * pool.price

    @property
    def issuance(self) -> int:
        return sum(free + reserved for free, reserved in self.native.values())

    def pairs(self) -> list[tuple[bytes, bytes]]:
        state: dict[bytes, bytes] = {bytes.fromhex(ISSUANCE): u128(self.issuance)}
        for account, (free, reserved) in self.native.items():
            info = struct.pack("<IIII", 1, 0, 1, 0) + u128(free) + u128(reserved) + u128(free // 2) + u128(1 << 127)
            state[bytes.fromhex(ACCOUNT) + blake2(account)] = info
            state[bytes.fromhex(VESTING) + blake2(account)] = vector([u128(free // 2) + u128(7) + struct.pack("<I", 9)])
        for account, balance in self.wrapped.items():
            state[wrapped_key(account)] = u128(balance) + b"\0\0"
            state[bytes.fromhex(STAKERS) + twox64(account)] = vector([struct.pack("<QI", 0, 10_000)]) + u128(5)
        for (account, pid), amount in self.legacy.items():
            state[legacy_key(account, pid)] = u128(amount)
        for pool in [*self.pools, *self.vaults]:
            state.update(self._pool_pairs(pool))
        return sorted(state.items())

    def _pool_pairs(self, pool: PoolPlan) -> dict[bytes, bytes]:
        state: dict[bytes, bytes] = {}
        queue: list[bytes] = []
        for nft, (account, shares, queued) in enumerate(pool.stakes):
            owner = BASE_POOL if queued else account
            state[owner_key(owner, pool.collection, nft)] = b""
            state[property_key(pool.collection, nft)] = vector_of(u128(shares))
            state[property_key(pool.collection, nft, b"name")] = vector_of(b"Delegation NFT %d" % nft)
            if queued:
                queue.append(account + struct.pack("<QI", 1_700_000_000 + nft, nft))
        base = struct.pack("<Q", pool.pid) + pool.owner + u128(pool.total_shares) + u128(pool.total_value)
        subscribers = [struct.pack("<Q", vault.pid) for vault in self.vaults if pool.pid in vault.invested]
        base += vector(queue) + vector(subscribers) + struct.pack("<I", pool.collection) + pool.account
        if pool.is_vault:
            invested = vector([struct.pack("<Q", pid) for pid in pool.invested])
            rest = u128(PHA) + option(struct.pack("<I", 100_000)) + u128(pool.owner_shares) + invested
        else:
            workers = vector([person(1000 + at) for at in range(pool.pid % 3)])
            accounts = derived(b"sl/", pool.pid, pool.owner) + derived(b"so/", pool.pid, pool.owner)
            rest = option(None) + option(u128(10**6 * PHA)) + workers + vector([]) + accounts
        state[bytes.fromhex(POOLS) + twox64(struct.pack("<Q", pool.pid))] = bytes([pool.is_vault]) + base + rest
        return state
