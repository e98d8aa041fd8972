# SPDX-License-Identifier: Apache-2.0
"""A whole parachain of any size from a seed, to see that a real one would be built in time: nobody is behind it.

Accounts, wrapped PHA, stake pools, vaults that stake in them, share NFTs, queued withdrawals, old rewards, vesting
schedules and runtime code, in the proportions of a chain that was used for years. The sums are right by construction:
`wpha/` backs all that is wrapped, pools hold what their shares are worth, the issuance is the sum of the accounts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from random import Random

from pha.bridge.accounts import AccountInfo
from pha.bridge.header import Header
from pha.bridge.holding_entries import (
    LEGACY_REWARDS,
    NFT_OWNERS,
    PROPERTIES,
    SHARES_PROPERTY,
    STAKER_ACCOUNTS,
    VESTING,
    WRAPPED_ACCOUNT,
)
from pha.bridge.look_through import BASE_POOL_ACCOUNT
from pha.bridge.pool_entries import POOLS, PoolKind
from pha.bridge.pool_fixed_point import share_price, value_of_shares
from pha.bridge.progress import Track, silent
from pha.bridge.scale import encode_bytes, encode_compact, encode_uint
from pha.bridge.ss58 import PHALA_PREFIX
from pha.bridge.state_trie import Pair, state_root
from pha.bridge.storage_keys import TOTAL_ISSUANCE, account_key, blake2_128_concat, storage_prefix, twox64_concat
from pha.bridge.whole_ledger import SUBSIDY_ACCOUNT, WRAPPED_PHA_ACCOUNT

PHA = 10**12
BLOCK_NUMBER = 9_000_000
BLOCK_MILLISECONDS = 1_760_000_000_000
FIRST_COLLECTION = 10_000
ACCOUNTS_A_POOL = 500
POOLS_A_VAULT = 20


@dataclass
class _Pool:
    pid: int
    owner: bytes
    kind: PoolKind
    shares: int = 0
    owner_shares: int = 0
    next_nft: int = 0
    queue: list[bytes] = field(default_factory=list)
    invested: set[int] = field(default_factory=set)

    def account(self, tag: bytes) -> bytes:
        derived = blake2b(encode_uint(self.pid, 8) + self.owner, digest_size=32).digest()
        return (tag + derived)[:32]

    @property
    def collection(self) -> int:
        return FIRST_COLLECTION + self.pid


class SyntheticState:
    """`accounts` people, `shares` share NFTs; the same arguments give the same state, byte for byte."""

    def __init__(self, seed: int, accounts: int, shares: int) -> None:
        self._random = Random(seed)
        self._seed = seed
        self._people = [self._person(number) for number in range(accounts)]
        self._wrapped: dict[bytes, int] = defaultdict(int)
        self._state: dict[bytes, bytes] = {}
        self._issuance = 0
        stake_pools = max(2, accounts // ACCOUNTS_A_POOL)
        vaults = max(1, stake_pools // POOLS_A_VAULT)
        self._pools = [_Pool(pid, self._anyone(), PoolKind.STAKE_POOL) for pid in range(stake_pools)]
        self._vaults = [_Pool(stake_pools + at, self._anyone(), PoolKind.VAULT) for at in range(vaults)]
        self._worth: dict[int, int] = defaultdict(int)  # of a vault: what its shares in stake pools are worth
        self._vault_stakes: dict[int, list[tuple[int, int]]] = defaultdict(list)  # by stake pool: (vault, shares)
        self._vault_of = {vault.account(b"bp/"): vault for vault in self._vaults}
        self._build(shares)

    def pairs(self) -> list[Pair]:
        """All entries, ascending by key."""
        return sorted(self._state.items())

    def write(self, folder: Path, name: str, track: Track = silent) -> Path:
        """Writes `NAME.jsonl` and `NAME.manifest.json` and gives the former's path."""
        folder.mkdir(parents=True, exist_ok=True)
        pairs = self.pairs()
        header = Header(bytes(32), BLOCK_NUMBER, state_root(track(pairs, "state root", len(pairs))), bytes(32), b"\0")
        manifest = {
            "name": f"synthetic parachain of seed {self._seed}",
            "ss58_prefix": PHALA_PREFIX,
            "block_hash": f"0x{header.block_hash().hex()}",
            "header": {
                "parentHash": f"0x{header.parent_hash.hex()}",
                "number": hex(header.number),
                "stateRoot": f"0x{header.state_root.hex()}",
                "extrinsicsRoot": f"0x{header.extrinsics_root.hex()}",
                "digest": {"logs": []},
            },
        }
        (folder / f"{name}.manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="ascii")
        path = folder / f"{name}.jsonl"
        with path.open("w", encoding="ascii") as file:
            for key, value in track(pairs, "writing", len(pairs)):
                file.write(f'["0x{key.hex()}", "0x{value.hex()}"]\n')
        return path

    def _person(self, number: int) -> bytes:
        return blake2b(f"nobody {self._seed}/{number}".encode(), digest_size=32).digest()

    def _anyone(self) -> bytes:
        return self._random.choice(self._people)

    def _amount(self, most: int) -> int:
        """1 to `most`, as many small ones as balances have: the logarithm is spread evenly."""
        return 1 + int(most ** self._random.random())

    def _build(self, shares: int) -> None:
        for number in range(shares):
            pools = self._vaults if number % 5 == 0 else self._pools
            holder = self._random.choice(self._vaults).account(b"bp/") if number % 50 == 1 else self._anyone()
            self._give_shares(self._random.choice(pools), holder, self._amount(20_000 * PHA) + 10**10)
        for pool in self._pools:
            self._close(pool, self._random.randrange(900, 1500))
        for vault in self._vaults:
            loose = self._amount(10_000 * PHA)
            self._wrapped[vault.account(b"bp/")] += loose
            vault.owner_shares = self._amount(100 * PHA)
            vault.shares += vault.owner_shares
            self._put_pool(vault, self._worth[vault.pid] + loose)
        for account in self._people:
            if self._random.random() < 0.2:
                self._wrapped[account] += self._amount(5_000 * PHA)
                self._put(STAKER_ACCOUNTS + twox64_concat(account), encode_compact(0) + encode_uint(0, 16))
        for account, balance in self._wrapped.items():
            self._put(WRAPPED_ACCOUNT + blake2_128_concat(account), encode_uint(balance, 16) + b"\0\0")
        rewards = self._legacy_rewards()
        for nonce, account in enumerate(self._people):
            reserved = self._amount(20 * PHA) if nonce % 7 == 0 else 0
            self._put_account(account, self._amount(100_000 * PHA), reserved)
        for at, account in enumerate(self._people[:: max(1, len(self._people) // 500)]):
            start = BLOCK_NUMBER - 1000 * (at % 900)
            schedule = encode_uint(self._amount(1000 * PHA), 16) + encode_uint(PHA // 1000, 16) + encode_uint(start, 4)
            self._put(VESTING + blake2_128_concat(account), encode_compact(1) + schedule)
        self._put_account(WRAPPED_PHA_ACCOUNT, sum(self._wrapped.values()), 0)
        self._put_account(SUBSIDY_ACCOUNT, rewards + self._amount(10**6 * PHA), 0)
        for name in (b"modlpy/trsry", b"modlphala/bg", b"sibl\xd4\x07", b"para\xd3\x07"):
            self._put_account(name.ljust(32, b"\0"), self._amount(10**6 * PHA), 0)
        self._put(TOTAL_ISSUANCE, encode_uint(self._issuance, 16))
        self._put(storage_prefix("System", "Number"), encode_uint(BLOCK_NUMBER, 4))
        self._put(storage_prefix("Timestamp", "Now"), encode_uint(BLOCK_MILLISECONDS, 8))
        self._put(b":code", self._random.randbytes(1 << 20))

    def _put(self, key: bytes, value: bytes) -> None:
        self._state[key] = value

    def _put_account(self, account: bytes, free: int, reserved: int) -> None:
        self._issuance += free + reserved
        self._put(account_key(account), AccountInfo(1, 0, 1, 0, free, reserved, free // 4, 1 << 127).encode())

    def _give_shares(self, pool: _Pool, holder: bytes, shares: int) -> None:
        nft, pool.next_nft = pool.next_nft, pool.next_nft + 1
        pool.shares += shares
        owner = holder
        if self._random.random() < 0.1:
            owner = BASE_POOL_ACCOUNT
            pool.queue.append(holder + encode_uint(BLOCK_MILLISECONDS // 1000, 8) + encode_uint(nft, 4))
        collection = blake2_128_concat(encode_uint(pool.collection, 4))
        place = blake2_128_concat(encode_uint(nft, 4))
        some_nft = blake2_128_concat(b"\1" + encode_uint(nft, 4))
        name = blake2_128_concat(encode_bytes(SHARES_PROPERTY))
        self._put(NFT_OWNERS + blake2_128_concat(owner) + collection + place, b"")
        self._put(PROPERTIES + collection + some_nft + name, encode_bytes(encode_uint(shares, 16)))
        if holder in self._vault_of and pool.kind is PoolKind.STAKE_POOL:
            self._vault_of[holder].invested.add(pool.pid)
            self._vault_stakes[pool.pid].append((self._vault_of[holder].pid, shares))

    def _close(self, pool: _Pool, permille: int) -> None:
        """Prices a stake pool, and gives it the W-PHA that its shares are worth."""
        value = pool.shares * permille // 1000
        price = share_price(value, pool.shares)
        for vault, shares in self._vault_stakes[pool.pid]:
            if price is not None:
                self._worth[vault] += value_of_shares(shares, price)
        bound = value // 3
        self._wrapped[pool.account(b"sl/")] += bound
        self._wrapped[pool.account(b"bp/")] += value - bound
        self._wrapped[pool.account(b"so/")] += self._amount(100 * PHA)
        self._put_pool(pool, value)

    def _put_pool(self, pool: _Pool, value: int) -> None:
        queue = encode_compact(len(pool.queue)) + b"".join(pool.queue)
        base = encode_uint(pool.pid, 8) + pool.owner + encode_uint(pool.shares, 16) + encode_uint(value, 16) + queue
        base += encode_compact(0) + encode_uint(pool.collection, 4) + pool.account(b"bp/")
        if pool.kind is PoolKind.VAULT:
            invested = b"".join(encode_uint(pid, 8) for pid in sorted(pool.invested))
            rest = encode_uint(PHA, 16) + b"\0" + encode_uint(pool.owner_shares, 16)
            rest += encode_compact(len(pool.invested)) + invested
        else:
            rest = b"\0\0" + encode_compact(0) + encode_compact(0) + pool.account(b"sl/") + pool.account(b"so/")
        self._put(POOLS + twox64_concat(encode_uint(pool.pid, 8)), bytes((pool.kind,)) + base + rest)

    def _legacy_rewards(self) -> int:
        """Rewards for every hundredth account; gives their sum."""
        total = 0
        for account in self._people[::100]:
            amount = self._amount(50 * PHA)
            total += amount
            self._put(LEGACY_REWARDS + twox64_concat(account + encode_uint(1, 8)), encode_uint(amount, 16))
        return total
