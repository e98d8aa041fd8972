// SPDX-License-Identifier: Apache-2.0
"use strict";
// The storage entries that say who holds what, decoded from their documented layouts.

const { u8aToHex } = require("@polkadot/util");
const { Cursor, KeyCursor, Refusal, prefixOf } = require("./scale.js");

const WRAPPED_PHA = "bf32fda715f66a3c3ce50b372f20098410270000"; // Blake2_128Concat of asset 10000
const SHARES = "0x7374616b652d696e666f"; // "stake-info"
const u32 = (cursor) => Number(cursor.uint(4));
const u64 = (cursor) => Number(cursor.uint(8));
const account = (cursor) => cursor.account();

/** Storage item → where it lies and how one entry reads; each reader gives what look-through and ledger use. */
const ITEMS = {
  "System.Account": {
    prefix: prefixOf("System", "Account"),
    read(key, value) {
      const holder = key.part("blake2", account);
      value.take(16);
      const [free, reserved] = [value.uint(16), value.uint(16)];
      value.take(32); // frozen and flags: no further money
      return { holder, amount: free + reserved, free };
    },
  },
  "Assets.Account": {
    prefix: prefixOf("Assets", "Account") + WRAPPED_PHA,
    read(key, value) {
      const holder = key.part("blake2", account);
      const balance = value.uint(16);
      const [status, reason] = value.take(2);
      if (status > 2 || reason > 4) throw new Refusal("no asset account");
      if (reason === 4) value.account();
      if (reason === 2 || reason === 4) value.uint(16);
      return { holder, amount: balance };
    },
  },
  "PhalaBasePool.Pools": {
    prefix: prefixOf("PhalaBasePool", "Pools"),
    read(key, value) {
      const pid = key.part("twox", u64);
      const kind = value.take(1)[0];
      if (kind > 1) throw new Refusal("neither stake pool nor vault");
      const pool = { isVault: kind === 1, pid: u64(value), owner: value.account() };
      if (pool.pid !== pid) throw new Refusal("a pool under another's number");
      pool.shares = value.uint(16);
      pool.value = value.uint(16);
      pool.queue = value.list((entry) => {
        const user = entry.account();
        entry.uint(8);
        return { user, nft: u32(entry) };
      });
      value.list(u64);
      pool.collection = u32(value);
      pool.account = value.account();
      const permill = (cursor) => {
        if (cursor.uint(4) > 1_000_000n) throw new Refusal("more than the whole");
      };
      if (pool.isVault) {
        value.uint(16);
        value.optional(permill);
        pool.ownerShares = value.uint(16);
        value.list(u64);
      } else {
        value.optional(permill);
        value.optional((cursor) => cursor.uint(16));
        value.list(account);
        value.list(account);
        pool.lock = value.account();
        pool.reward = value.account();
      }
      return pool;
    },
  },
  "RmrkCore.Properties": {
    prefix: prefixOf("RmrkCore", "Properties"),
    read(key, value) {
      const collection = key.part("blake2", u32);
      const nft = key.part("blake2", (cursor) => cursor.optional(u32));
      const name = u8aToHex(key.part("blake2", (cursor) => cursor.bytesVector()));
      const content = new Cursor(value.bytesVector());
      if (nft === null || name !== SHARES) return null;
      const shares = content.uint(16);
      content.end();
      return { collection, nft, shares };
    },
  },
  "Uniques.Account": {
    prefix: prefixOf("Uniques", "Account"),
    read(key) {
      const owner = key.part("blake2", account);
      return { owner, collection: key.part("blake2", u32), nft: key.part("blake2", u32) };
    },
  },
  "PhalaStakePoolv2.LegacyRewards": {
    prefix: prefixOf("PhalaStakePoolv2", "LegacyRewards"),
    read(key, value) {
      const holder = key.part("twox", (cursor) => {
        const who = cursor.account();
        cursor.uint(8);
        return who;
      });
      return { holder, amount: value.uint(16) };
    },
  },
  "Vesting.Vesting": {
    prefix: prefixOf("Vesting", "Vesting"),
    read(key, value) {
      const holder = key.part("blake2", account);
      const schedules = value.list((entry) => ({ locked: entry.uint(16), step: entry.uint(16), from: entry.uint(4) }));
      if (schedules.length > 28) throw new Refusal("more schedules than an account may have");
      return { holder, schedules };
    },
  },
  "Proxy.Proxies": {
    prefix: prefixOf("Proxy", "Proxies"),
    read(key, value) {
      const holder = key.part("twox", account);
      if (!value.list((cursor) => cursor.take(37)).length) throw new Refusal("nobody is named");
      value.uint(16);
      return holder;
    },
  },
  "Multisig.Multisigs": {
    prefix: prefixOf("Multisig", "Multisigs"),
    read(key, value) {
      const holder = key.part("twox", account);
      key.part("blake2", (cursor) => cursor.take(32));
      value.take(56);
      if (!value.list(account).length) throw new Refusal("nobody is named");
      return holder;
    },
  },
};

/** The index of the first pair whose key is not below `prefix`. */
function lowerBound(pairs, prefix) {
  let [low, high] = [0, pairs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pairs[middle][0] < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Every entry of an item; what cannot be read goes to `found`. */
function entriesOf(pairs, item, found) {
  const { prefix, read } = ITEMS[item];
  const entries = [];
  for (let at = lowerBound(pairs, prefix); at < pairs.length && pairs[at][0].startsWith(prefix); at++) {
    const [key, bytes] = pairs[at];
    const keyCursor = new KeyCursor(Buffer.from(key.slice(prefix.length), "hex"));
    const valueCursor = new Cursor(bytes);
    try {
      const entry = read(keyCursor, valueCursor);
      keyCursor.end();
      valueCursor.end();
      if (entry !== null) entries.push(entry);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      found(`undecodable:0x${key}`, `${item}: ${refusal.message}`);
    }
  }
  return entries;
}

module.exports = { entriesOf, lowerBound };
