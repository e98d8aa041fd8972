// SPDX-License-Identifier: Apache-2.0
"use strict";
// node build.js STATE MANIFEST [--rules FILE] [--accept NAME]... [--accounts FILE]
//
// Prints what the state comes to as one JSON object; with --accounts writes every account as the first builder does.

const fs = require("node:fs");
const { createKeyMulti, cryptoWaitReady, decodeAddress } = require("@polkadot/util-crypto");
const { u8aToHex } = require("@polkadot/util");
const { dispositionOf } = require("./accounts.js");
const { buildLedger } = require("./ledger.js");
const { Refusal } = require("./scale.js");
const { checkBlock, readState, stateRoot } = require("./state.js");
const { sumTree } = require("./sum_tree.js");

function parseArguments(words) {
  const given = { files: [], accept: new Set() };
  for (let at = 0; at < words.length; at++) {
    if (words[at] === "--accept") given.accept.add(words[++at]);
    else if (words[at].startsWith("--")) given[words[at].slice(2)] = words[++at];
    else given.files.push(words[at]);
  }
  if (given.files.length !== 2) throw new Refusal("give a state and its manifest");
  return given;
}

/** Accounts of the multisigs that the rules list. */
const listedMultisigs = (rules) =>
  (rules.multisigs ?? []).map(({ members, threshold }) =>
    u8aToHex(
      createKeyMulti(
        members.map((who) => decodeAddress(who)),
        threshold,
      ),
    ),
  );

/** As the first builder writes it: the claimable ones, then the others, each ascending by account. */
function writeAccounts(path, accounts) {
  const file = fs.openSync(path, "w");
  for (const wanted of [true, false]) {
    let lines = [];
    for (const [account, reason, free, staked] of accounts) {
      const disposition = dispositionOf(reason);
      if ((disposition === "claimable") !== wanted) continue;
      const parts = wanted ? [free, staked] : [free + staked, 0n];
      lines.push(
        `{"account":"${account}","class":"${reason}","disposition":"${disposition}",` +
          `"free":"${parts[0]}","staked":"${parts[1]}"}\n`,
      );
      if (lines.length === 65536) {
        fs.writeSync(file, lines.join(""));
        lines = [];
      }
    }
    fs.writeSync(file, lines.join(""));
  }
  fs.closeSync(file);
}

async function main() {
  await cryptoWaitReady();
  const given = parseArguments(process.argv.slice(2));
  const pairs = readState(given.files[0]);
  const root = stateRoot(pairs);
  checkBlock(JSON.parse(fs.readFileSync(given.files[1], "utf8")), root);
  const rules = given.rules ? JSON.parse(fs.readFileSync(given.rules, "utf8")) : {};
  const ledger = buildLedger(pairs, rules, listedMultisigs(rules), given.accept);
  const { issuance, remainder, accounts, leaves } = ledger;
  const tree = sumTree(leaves);
  const later = ledger.vesting.length ? sumTree(ledger.vesting) : null;
  const classes = {};
  for (const [, reason, free, staked] of accounts) {
    const line = (classes[reason] ??= { accounts: 0, amount: 0n });
    line.accounts += 1;
    line.amount += free + staked;
  }
  if (given.accounts) writeAccounts(given.accounts, accounts);
  const result = {
    state_root: root,
    root: tree.root,
    total: tree.total,
    leaves: leaves.length,
    vesting: later && { root: later.root, total: later.total, leaves: ledger.vesting.length },
    issuance,
    remainder,
    classes,
  };
  console.log(JSON.stringify(result, (_, value) => (typeof value === "bigint" ? value.toString() : value)));
}

main().catch((error) => {
  console.error(`refused: ${error.message}`);
  process.exitCode = 1;
});
