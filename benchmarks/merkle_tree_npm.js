// SPDX-License-Identifier: Apache-2.0
// The npm package's share of tree.py: a StandardMerkleTree over the leaves of a file, every proof written out.
// node merkle_tree_npm.js LEAVES OUT; a line of LEAVES is account,free,staked.
const fs = require("node:fs");
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");

const [leavesPath, outPath] = process.argv.slice(2);
const leaves = fs
  .readFileSync(leavesPath, "ascii")
  .trimEnd()
  .split("\n")
  .map((line) => line.split(","));
const tree = StandardMerkleTree.of(leaves, ["bytes32", "uint128", "uint128"]);

const out = fs.openSync(outPath, "w");
let lines = [];
const flush = () => {
  fs.writeSync(out, lines.join(""));
  lines = [];
};
leaves.forEach(([account, free, staked], index) => {
  lines.push(JSON.stringify({ account, free, staked, index, proof: tree.getProof(index), root: tree.root }) + "\n");
  if (lines.length === 4096) flush();
});
flush();
fs.closeSync(out);
