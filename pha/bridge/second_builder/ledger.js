// SPDX-License-Identifier: Apache-2.0
"use strict";
// From a checked state to leaves, classes and their sums.

const { EXISTENTIAL_DEPOSIT, classOf, dispositionOf, named } = require("./accounts.js");
const { entriesOf, lowerBound } = require("./entries.js");
const { lookThrough } = require("./look_through.js");
const { Cursor, Refusal, prefixOf } = require("./scale.js");
const { vestingLeaves } = require("./vesting.js");

const ISSUANCE = prefixOf("Balances", "TotalIssuance");
const WRAPPER = named("wpha/");
const SUBSIDY = named("modlphala/pp");

const sumOf = (entries) => entries.reduce((sum, { amount }) => sum + amount, 0n);

function issuanceOf(pairs) {
  const [key, value] = pairs[lowerBound(pairs, ISSUANCE)] ?? [];
  if (key !== ISSUANCE) throw new Refusal("no total issuance");
  const cursor = new Cursor(value);
  const issuance = cursor.uint(16);
  cursor.end();
  return issuance;
}

/** Everything of the staking pallets, share NFTs of other collections left aside. */
function stakingOf(pairs, found) {
  const pools = entriesOf(pairs, "PhalaBasePool.Pools", found);
  const collections = new Set(pools.map(({ collection }) => collection));
  const ofPools = ({ collection }) => collections.has(collection);
  const owners = new Map();
  const allOwners = entriesOf(pairs, "Uniques.Account", found);
  for (const { owner, collection, nft } of allOwners.filter(ofPools)) {
    const key = `${collection}-${nft}`;
    if (owners.has(key)) found(`nft-with-two-owners:${key}`, "one NFT, two owners");
    else owners.set(key, owner);
  }
  const allNfts = entriesOf(pairs, "RmrkCore.Properties", found);
  const wrapped = entriesOf(pairs, "Assets.Account", found);
  const legacy = entriesOf(pairs, "PhalaStakePoolv2.LegacyRewards", found);
  const isThere = [pools, allOwners, allNfts, wrapped, legacy].some((entries) => entries.length);
  return { pools, owners, nfts: allNfts.filter(ofPools), wrapped, legacy, isThere };
}

/**
 * {issuance, remainder, accounts: [account, class, free, staked] ascending, leaves and vesting leaves likewise}.
 * `multisigs` are accounts listed by their members, `accepted` the findings to live with.
 */
function buildLedger(pairs, rules, multisigs, accepted) {
  const found = (name, detail) => {
    if (!accepted.has(name)) throw new Refusal(`${name}: ${detail}`);
  };
  const hard = (name, detail) => {
    throw new Refusal(`${name}: ${detail}`);
  };
  const staking = stakingOf(pairs, found);
  const looked = lookThrough(staking, found);
  const owed = new Map();
  const add = (account, free, staked) => {
    const before = owed.get(account) ?? [0n, 0n];
    owed.set(account, [before[0] + free, before[1] + staked]);
  };
  const freeOf = new Map();
  for (const { holder, amount, free } of entriesOf(pairs, "System.Account", hard)) {
    add(holder, amount, 0n);
    freeOf.set(holder, free);
  }
  for (const [account, debt] of [
    [WRAPPER, sumOf(staking.wrapped)],
    [SUBSIDY, sumOf(staking.legacy)],
  ]) {
    if (debt > (owed.get(account)?.[0] ?? 0n))
      throw new Refusal(`${account} holds less than the ${debt} owed out of it`);
    if (debt) add(account, -debt, 0n);
  }
  const surplus = owed.get(WRAPPER)?.[0] ?? 0n;
  if (staking.isThere && surplus) found("wrapped-surplus", `${surplus} base units wrap nothing`);
  for (const [account, amount] of looked.free) add(account, amount, 0n);
  for (const [account, amount] of looked.staked) add(account, 0n, amount);
  for (const { holder, amount } of staking.legacy) add(holder, amount, 0n);

  const proxied = new Set(entriesOf(pairs, "Proxy.Proxies", found));
  const together = new Set([...entriesOf(pairs, "Multisig.Multisigs", found), ...multisigs]);
  const reasonOf = (account, amount) => {
    const byBytes = classOf(account);
    if (byBytes !== "signing") return byBytes;
    if (amount < EXISTENTIAL_DEPOSIT) return "dust";
    if (together.has(account)) return "multisig";
    return proxied.has(account) ? "proxied" : "signing";
  };
  const accounts = [...owed]
    .filter(([, [free, staked]]) => free + staked > 0n)
    .map(([account, [free, staked]]) => [account, reasonOf(account, free + staked), free, staked])
    .sort(([left], [right]) => (left < right ? -1 : 1));

  const issuance = issuanceOf(pairs);
  const explained = accounts.reduce((sum, [, , free, staked]) => sum + free + staked, looked.remainder);
  if (explained !== issuance) throw new Refusal(`${explained} base units explained of ${issuance}`);
  const owedToPeople = accounts.filter(([, reason]) => dispositionOf(reason) === "claimable");
  const people = new Set(owedToPeople.map(([account]) => account));
  const vesting =
    rules.vesting === "wallet"
      ? vestingLeaves(pairs, people, freeOf, BigInt(rules.seconds_per_block ?? 12), found)
      : { leaves: [], later: new Map() };
  const leaves = owedToPeople
    .map(([account, , free, staked]) => [account, free - (vesting.later.get(account) ?? 0n), staked])
    .filter(([, free, staked]) => free + staked > 0n);
  return { issuance, remainder: looked.remainder, accounts, leaves, vesting: vesting.leaves };
}

module.exports = { buildLedger };
