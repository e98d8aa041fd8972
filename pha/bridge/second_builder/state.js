// SPDX-License-Identifier: Apache-2.0
"use strict";
// A state file, its trie root and the block it must belong to.

const fs = require("node:fs");
const zlib = require("node:zlib");
const { hexToU8a, compactToU8a, u8aConcat, u8aToHex } = require("@polkadot/util");
const { blake2AsU8a } = require("@polkadot/util-crypto");
const { Refusal } = require("./scale.js");

/** Bytes of decompressed text at most; a state of a million accounts has well under one GB. */
const MOST_TEXT = 2 ** 32;
const HEX = /^0x(?:[0-9a-fA-F]{2})*$/;

/** Lines of bytes; one JavaScript string would be too short for a large state. */
function* linesOf(bytes) {
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(10, start);
    const end = found < 0 ? bytes.length : found;
    yield bytes.toString("utf8", start, end);
    start = end + 1;
  }
}

/** [key as lower-case hex without 0x, value as bytes] ascending by key, from a raw chain spec or lines of pairs. */
function readState(path) {
  let bytes = fs.readFileSync(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = zlib.gunzipSync(bytes, { maxOutputLength: MOST_TEXT });
  const pairs = [];
  const add = (key, value) => {
    if (!HEX.test(key) || !HEX.test(value)) throw new Refusal(`${path}: not hexadecimal`);
    pairs.push([key.slice(2).toLowerCase(), hexToU8a(value)]);
  };
  if (bytes[0] === 0x7b) {
    const document = JSON.parse(bytes.toString("utf8"));
    for (const [key, value] of Object.entries(document.genesis?.raw?.top ?? document)) add(key, value);
  } else {
    for (const line of linesOf(bytes)) add(...JSON.parse(line));
  }
  pairs.sort(([left], [right]) => (left < right ? -1 : 1));
  for (let at = 1; at < pairs.length; at++) {
    if (pairs[at][0] === pairs[at - 1][0]) throw new Refusal(`${path}: 0x${pairs[at][0]} stands twice`);
  }
  return pairs;
}

const hash = (bytes) => blake2AsU8a(bytes, 256);
const LEAF = 0x40;
const BRANCH = 0x80;
const BRANCH_WITH_VALUE = 0xc0;

/** Kind and number of nibbles, then the nibbles; of an odd number the first stands alone in a byte. */
function nodeHeader(kind, nibbles) {
  const count = [];
  let rest = nibbles.length;
  if (rest < 63) count.push(kind | rest);
  else {
    count.push(kind | 63);
    for (rest -= 63; rest >= 255; rest -= 255) count.push(255);
    count.push(rest);
  }
  const even = nibbles.length % 2 ? `0${nibbles}` : nibbles;
  return u8aConcat(count, even ? hexToU8a(`0x${even}`) : []);
}

const withLength = (bytes) => u8aConcat(compactToU8a(bytes.length), bytes);

/** The node over pairs[from, to), all of which share their first `depth` nibbles: top down, by recursion. */
function encodeNode(pairs, from, to, depth) {
  const [first, value] = pairs[from];
  if (to - from === 1) return u8aConcat(nodeHeader(LEAF, first.slice(depth)), withLength(value));
  const last = pairs[to - 1][0];
  let end = depth;
  while (end < first.length && first[end] === last[end]) end++;
  const own = first.length === end; // the branch itself stands for a key
  const children = [];
  let bitmap = 0;
  for (let at = own ? from + 1 : from; at < to;) {
    const nibble = pairs[at][0][end];
    let next = at;
    while (next < to && pairs[next][0][end] === nibble) next++;
    bitmap |= 1 << parseInt(nibble, 16);
    const child = encodeNode(pairs, at, next, end + 1);
    children.push(withLength(child.length < 32 ? child : hash(child)));
    at = next;
  }
  const header = nodeHeader(own ? BRANCH_WITH_VALUE : BRANCH, first.slice(depth, end));
  return u8aConcat(header, [bitmap & 255, bitmap >> 8], own ? withLength(value) : [], ...children);
}

/** 0x-hex of the root of the trie over sorted pairs. */
const stateRoot = (pairs) => u8aToHex(hash(pairs.length ? encodeNode(pairs, 0, pairs.length, 0) : [0]));

/** Refuses a manifest whose header is not its block's, or a state that is not the header's. */
function checkBlock(manifest, root) {
  const header = manifest.header;
  const logs = header.digest.logs.map((log) => hexToU8a(log));
  const encoded = u8aConcat(
    hexToU8a(header.parentHash),
    compactToU8a(parseInt(header.number, 16)),
    hexToU8a(header.stateRoot),
    hexToU8a(header.extrinsicsRoot),
    compactToU8a(logs.length),
    ...logs,
  );
  if (u8aToHex(hash(encoded)) !== manifest.block_hash) throw new Refusal("the header is not the block's");
  if (root !== header.stateRoot) throw new Refusal(`the state's root is ${root}, the block's ${header.stateRoot}`);
}

module.exports = { readState, stateRoot, checkBlock };
