// SPDX-License-Identifier: Apache-2.0
"use strict";
// What still vests at the block: leaves of the second tree, where the rules pay it into vesting wallets.

const { hexToU8a, u8aConcat, u8aToHex } = require("@polkadot/util");
const { keccakAsU8a } = require("@polkadot/util-crypto");
const { entriesOf, lowerBound } = require("./entries.js");
const { Cursor, Refusal, prefixOf } = require("./scale.js");

const least = (one, other) => (one < other ? one : other);
const most = (one, other) => (one > other ? one : other);
const eight = (number) => hexToU8a(`0x${number.toString(16).padStart(16, "0")}`);

function numberAt(pairs, pallet, item, width) {
  const wanted = prefixOf(pallet, item);
  const [key, value] = pairs[lowerBound(pairs, wanted)] ?? [];
  if (key !== wanted) throw new Refusal(`the state has no ${pallet}.${item}`);
  const cursor = new Cursor(value);
  const number = cursor.uint(width);
  cursor.end();
  return number;
}

/** [identity, amount, 0] ascending, and what each account has in it. `free` is the free native balance by account. */
function vestingLeaves(pairs, claimable, free, secondsPerBlock, found) {
  const [leaves, later] = [[], new Map()];
  const entries = entriesOf(pairs, "Vesting.Vesting", found).filter(({ holder }) => claimable.has(holder));
  if (!entries.length) return { leaves, later };
  const now = numberAt(pairs, "System", "Number", 4);
  const seconds = numberAt(pairs, "Timestamp", "Now", 8) / 1000n;
  for (const { holder, schedules } of entries) {
    const held = schedules.map(({ locked, step, from }) => most(0n, locked - step * most(0n, now - from)));
    if (schedules.some(({ step }, at) => held[at] && !step)) {
      found(`vesting-without-end:${holder}`, "a schedule frees nothing");
      continue;
    }
    let left = free.get(holder) ?? 0n;
    const mine = [];
    schedules.forEach(({ locked, step, from }, at) => {
      const amount = least(held[at], left);
      if (!amount) return;
      left -= amount;
      const end = from + (locked + step - 1n) / step;
      const start = seconds + most(0n, from - now) * secondsPerBlock;
      const duration = (end - most(now, from)) * secondsPerBlock;
      mine.push({ amount, start, duration, at });
    });
    if (mine.some(({ start, duration }) => most(start, duration) >> 64n)) {
      found(`vesting-for-ever:${holder}`, "a schedule longer than a wallet can count");
      continue;
    }
    for (const { amount, start, duration, at } of mine) {
      const identity = keccakAsU8a(u8aConcat(hexToU8a(holder), eight(start), eight(duration), eight(BigInt(at))), 256);
      leaves.push([u8aToHex(identity), amount, 0n]);
      later.set(holder, (later.get(holder) ?? 0n) + amount);
    }
  }
  return { leaves: leaves.sort(([left], [right]) => (left < right ? -1 : 1)), later };
}

module.exports = { vestingLeaves };
