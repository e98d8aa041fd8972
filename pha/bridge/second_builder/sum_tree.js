// SPDX-License-Identifier: Apache-2.0
"use strict";
// The Merkle-sum tree over [account, free, staked], ascending by account.

const { hexToU8a, u8aConcat, u8aToHex } = require("@polkadot/util");
const { keccakAsU8a } = require("@polkadot/util-crypto");
const { Refusal } = require("./scale.js");

const LIMIT = 1n << 128n;
const amount = (number) => {
  if (number >= LIMIT) throw new Refusal("a sum does not fit 128 bits");
  return hexToU8a(`0x${number.toString(16).padStart(32, "0")}`);
};

/** {root: 0x-hex, total} */
function sumTree(leaves) {
  if (!leaves.length) throw new Refusal("nobody is owed anything");
  let level = leaves.map(([account, free, staked]) => ({
    hash: keccakAsU8a(u8aConcat(hexToU8a(account), amount(free), amount(staked)), 256),
    sum: free + staked,
  }));
  while (level.length > 1) {
    if (level.length % 2) level.push({ hash: new Uint8Array(32), sum: 0n });
    const above = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at], level[at + 1]];
      const hash = keccakAsU8a(u8aConcat(left.hash, right.hash, amount(left.sum), amount(right.sum)), 256);
      above.push({ hash, sum: left.sum + right.sum });
    }
    level = above;
  }
  amount(level[0].sum);
  return { root: u8aToHex(level[0].hash), total: level[0].sum };
}

module.exports = { sumTree };
