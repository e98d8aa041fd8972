// SPDX-License-Identifier: Apache-2.0
"use strict";
// Pools and vaults given to the people behind them, by the pallets' fixed point.

const { named } = require("./accounts.js");

const UNIT = 10n ** 12n;
const LIMIT = 1n << 128n;
const MOST_ROUNDING = 10n ** 10n;
const BASE_POOL = named("basepool");

class Overflow extends Error {}

const fit = (bits) => {
  if (bits < 0n || bits >= LIMIT) throw new Overflow();
  return bits;
};
/** A balance as 64.64 bits, of which the pallets carry 48 after the point. */
const toFixed = (balance) => {
  if (balance >= 1n << 80n) throw new Overflow();
  return fit(((balance << 48n) / UNIT) << 16n);
};
const fromFixed = (bits) => fit((fit(bits) >> 16n) * UNIT) >> 48n;
const worthOf = (shares, price) => fromFixed(fit((toFixed(shares) * price) >> 64n));

/** Who owns which shares of each pool; every share NFT counts for one owner or is found. */
function claimsOf(pools, nfts, owners, found) {
  const poolOf = new Map();
  const queued = new Map();
  const keyOf = (collection, nft) => `${collection}-${nft}`;
  const shares = new Map(nfts.map((entry) => [keyOf(entry.collection, entry.nft), entry]));
  for (const pool of pools) {
    if (poolOf.has(pool.collection)) {
      found(`pool-collection:${pool.pid}`, "two pools have one collection");
      continue;
    }
    poolOf.set(pool.collection, pool);
    for (const { user, nft } of pool.queue) {
      const key = keyOf(pool.collection, nft);
      if (queued.has(key) || owners.get(key) !== BASE_POOL || !shares.has(key)) {
        found(`queue:${pool.pid}-${nft}`, "no NFT is kept for this withdrawal");
      } else queued.set(key, user);
    }
  }
  const claims = new Map(pools.map((pool) => [pool.pid, []]));
  const inOrder = [...shares.values()].sort((a, b) => a.collection - b.collection || a.nft - b.nft);
  for (const entry of inOrder) {
    const key = keyOf(entry.collection, entry.nft);
    const owner = queued.get(key) ?? owners.get(key);
    if (owner === undefined) found(`nft-without-owner:${key}`, "shares of nobody");
    else if (owner === BASE_POOL) found(`nft-not-queued:${key}`, "kept for no withdrawal");
    else claims.get(poolOf.get(entry.collection).pid).push({ owner, shares: entry.shares });
  }
  for (const key of owners.keys()) if (!shares.has(key)) found(`nft-without-shares:${key}`, "an NFT without shares");
  return claims;
}

/** [owner, amount] for each claim on a pot, and what rounding leaves. */
function share(pool, pot, claims, found) {
  const issued = claims.reduce((sum, claim) => sum + claim.shares, 0n);
  if (issued !== pool.shares) found(`pool-shares:${pool.pid}`, `${issued} shares held, ${pool.shares} counted`);
  let values;
  try {
    const divisor = toFixed(pool.shares);
    const price = divisor === 0n ? 0n : fit((toFixed(pool.value) << 64n) / divisor);
    values = claims.map((claim) => (divisor === 0n ? 0n : worthOf(claim.shares, price)));
  } catch (overflow) {
    if (!(overflow instanceof Overflow)) throw overflow;
    found(`pool-arithmetic:${pool.pid}`, "beyond the pallets' fixed point");
    values = claims.map(() => 0n);
  }
  const worth = values.reduce((sum, value) => sum + value, 0n);
  if (worth > pot) values = values.map((value) => (value * pot) / worth);
  const left = pot - values.reduce((sum, value) => sum + value, 0n);
  if (worth - pot > MOST_ROUNDING || left > MOST_ROUNDING)
    found(`pool-value:${pool.pid}`, `worth ${worth}, has ${pot}`);
  return { paid: claims.map((claim, at) => [claim.owner, values[at]]), left };
}

/** What wrapped PHA comes to: `free` and `staked` lists of [account, amount], and the remainder of rounding. */
function lookThrough({ pools, wrapped, nfts, owners }, found) {
  const ordered = [...pools].sort((a, b) => a.pid - b.pid);
  const claims = claimsOf(ordered, nfts, owners, found);
  const left = new Map(wrapped.map(({ holder, amount }) => [holder, amount]));
  const ofPools = new Set();
  for (const pool of ordered) {
    const accounts = [
      [pool.account, "0x62702f"],
      ...(pool.isVault
        ? []
        : [
            [pool.lock, "0x736c2f"],
            [pool.reward, "0x736f2f"],
          ]),
    ];
    for (const [account, begins] of accounts) {
      if (!account.startsWith(begins)) found(`pool-account:${pool.pid}`, `${account} is of another kind`);
      if (ofPools.has(account)) found(`pool-account:${pool.pid}`, `${account} is another pool's too`);
      ofPools.add(account);
    }
  }
  const takeAll = (account) => {
    const amount = left.get(account) ?? 0n;
    left.delete(account);
    return amount;
  };
  const vaults = new Map(ordered.filter((pool) => pool.isVault).map((pool) => [pool.account, pool]));
  const pots = new Map([...vaults.values()].map((vault) => [vault.pid, takeAll(vault.account)]));
  const result = { free: [], staked: [], remainder: 0n };
  for (const pool of ordered.filter(({ isVault }) => !isVault)) {
    const { paid, left: rest } = share(pool, takeAll(pool.account) + takeAll(pool.lock), claims.get(pool.pid), found);
    result.remainder += rest;
    for (const [owner, amount] of paid) {
      const vault = vaults.get(owner);
      if (vault) pots.set(vault.pid, pots.get(vault.pid) + amount);
      else result.staked.push([owner, amount]);
    }
    result.free.push([pool.owner, takeAll(pool.reward)]);
  }
  for (const vault of vaults.values()) {
    const all = [...claims.get(vault.pid), { owner: vault.owner, shares: vault.ownerShares }];
    const { paid, left: rest } = share(vault, pots.get(vault.pid), all, found);
    result.remainder += rest;
    for (const [owner, amount] of paid) {
      if (vaults.has(owner)) found(`nested-vault:${vault.pid}`, "a vault holds shares of it");
      result.staked.push([owner, amount]);
    }
  }
  for (const [holder, amount] of left) if (!ofPools.has(holder)) result.free.push([holder, amount]);
  return result;
}

module.exports = { lookThrough };
