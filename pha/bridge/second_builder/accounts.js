// SPDX-License-Identifier: Apache-2.0
"use strict";
// The class of an account by its bytes: who can sign for it, or why nobody can.

const { ED25519_TORSION_SUBGROUP } = require("@noble/curves/ed25519");
const { hexToU8a, u8aToHex } = require("@polkadot/util");
const { text } = require("./scale.js");

const EXISTENTIAL_DEPOSIT = 10n ** 10n;
const PRIME = 2n ** 255n - 19n;

/** The points of small order in every encoding that a lenient verifier takes: either sign, y also as y + p. */
function smallOrder() {
  const found = new Set();
  for (const canonical of ED25519_TORSION_SUBGROUP) {
    const bytes = hexToU8a(`0x${canonical}`).reverse();
    const y = BigInt(u8aToHex(bytes)) & (2n ** 255n - 1n);
    for (const form of [y, y + PRIME]) {
      if (form >= 2n ** 255n) continue;
      for (const sign of [0n, 1n]) {
        const number = (sign << 255n) | form;
        found.add(u8aToHex(hexToU8a(`0x${number.toString(16).padStart(64, "0")}`).reverse()));
      }
    }
  }
  return found;
}

const SMALL_ORDER = smallOrder();
const ZERO = `0x${"00".repeat(32)}`;
const DERIVED = [
  ["modlphala/bg", "keyless-bridge-reserve"],
  ["modlsygma/01", "keyless-bridge-reserve"],
  ["modl", "keyless-modl"],
  ["para", "keyless-para"],
  ["sibl", "keyless-sibl"],
  ["wpha/", "keyless-wpha"],
  ["basepool", "keyless-basepool"],
  ["bp/", "keyless-bp"],
  ["so/", "keyless-so"],
  ["sl/", "keyless-sl"],
  ["spm/", "keyless-spm"],
].map(([prefix, reason]) => [u8aToHex(text(prefix)), reason]);

/** "signing" or the reason code, for an account as 0x-hex. */
function classOf(account) {
  if (account === ZERO) return "keyless-zero";
  if (SMALL_ORDER.has(account)) return "keyless-ed25519-small-order";
  const derived = DERIVED.find(([prefix]) => account.startsWith(prefix));
  return derived ? derived[1] : "signing";
}

/** Claimable, for the DAO to decide, or out for good. */
function dispositionOf(reason) {
  if (!reason.startsWith("keyless")) return "claimable";
  return ["keyless-zero", "keyless-ed25519-small-order"].includes(reason) ? "excluded" : "treasury by vote";
}

/** 0x-hex of an account that is an ASCII text and zeros. */
const named = (name) => u8aToHex(text(name)).padEnd(66, "0");

module.exports = { EXISTENTIAL_DEPOSIT, classOf, dispositionOf, named };
