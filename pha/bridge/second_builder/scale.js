// SPDX-License-Identifier: Apache-2.0
"use strict";
// Bytes in, numbers out: SCALE as far as a state's entries need it, and the storage keys they lie under.

const { u8aEq, u8aToHex } = require("@polkadot/util");
const { blake2AsU8a, xxhashAsU8a } = require("@polkadot/util-crypto");

/** What makes the build stop; `name` is the finding's where there is one. */
class Refusal extends Error {}

/** A cursor over bytes that throws where they run out. */
class Cursor {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(count) {
    if (this.at + count > this.bytes.length) throw new Refusal("bytes run out");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  uint(width) {
    return this.take(width).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }

  /** The Compact encoding has one form for each number; any other is refused. */
  compact() {
    const first = this.take(1)[0];
    const mode = first & 3;
    if (mode === 3) {
      const width = (first >> 2) + 4;
      const value = this.uint(width);
      const least = width === 4 ? 1n << 30n : 1n << BigInt(8 * (width - 1));
      if (value < least) throw new Refusal("a compact number is not in its shortest form");
      return value;
    }
    this.at -= 1;
    const value = this.uint(1 << mode) >> 2n;
    if (mode > 0 && value < 1n << (mode === 1 ? 6n : 14n))
      throw new Refusal("a compact number is not in its shortest form");
    return value;
  }

  bytesVector() {
    return this.take(this.count());
  }

  /** A length: no element is shorter than a byte, so more elements than bytes are a lie. */
  count() {
    const count = this.compact();
    if (count > BigInt(this.bytes.length - this.at)) throw new Refusal("a list is longer than its bytes");
    return Number(count);
  }

  list(read) {
    return Array.from({ length: this.count() }, () => read(this));
  }

  optional(read) {
    const tag = this.take(1)[0];
    if (tag > 1) throw new Refusal("no tag of an optional value");
    return tag ? read(this) : null;
  }

  account() {
    return u8aToHex(this.take(32));
  }

  end() {
    if (this.at !== this.bytes.length) throw new Refusal("bytes are left over");
  }
}

const text = (string) => new TextEncoder().encode(string);

/** twox128(pallet) ‖ twox128(item), as hex without 0x. */
const prefixOf = (pallet, item) =>
  u8aToHex(xxhashAsU8a(text(pallet), 128)).slice(2) + u8aToHex(xxhashAsU8a(text(item), 128)).slice(2);

const HASHERS = {
  blake2: (bytes) => blake2AsU8a(bytes, 128),
  twox: (bytes) => xxhashAsU8a(bytes, 64),
};

/** Reads one hashed part of a key after another; each must be the hash of what follows it. */
class KeyCursor extends Cursor {
  part(hasher, read) {
    const hash = this.take(hasher === "blake2" ? 16 : 8);
    const start = this.at;
    const value = read(this);
    if (!u8aEq(HASHERS[hasher](this.bytes.subarray(start, this.at)), hash)) throw new Refusal("a key is not its hash");
    return value;
  }
}

module.exports = { Cursor, KeyCursor, Refusal, prefixOf, text };
