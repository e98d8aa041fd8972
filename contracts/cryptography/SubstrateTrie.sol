// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ScaleDecoder} from "./ScaleDecoder.sol";

/// @title Reading one value out of a Substrate state by a storage proof
/// @notice The state is a base-16 Patricia trie hashed with blake2b-256; nodes under 32 bytes stand inside their parent.
/// Both state versions are read: 0 (values inline) and 1 (values over 32 bytes stand beside the trie, by their hash).
///
/// A proof is the path's nodes from the root downward, each as `length (2 bytes, big-endian) ‖ node`, then, where the
/// value is a hashed one, the value as a last item in the same form. Embedded nodes are inside their parents and are
/// not repeated. Nodes over 65,535 bytes can't be carried; none lies on the way to an account.
///
/// What a proof shows is **inclusion** only: "this key has this value in the state of that root". A failure says
/// nothing about the state, least of all that the key is absent.
///
/// @dev Why a caller can't bend it. Nothing is believed before it is hashed: an item is parsed only if it hashes to
/// what its parent (or the caller, for the root) names. Each node's parts must end exactly where the node ends, which
/// also bounds every read made before. Each step down consumes at least one nibble of the key, so the depth is bounded
/// by the key. The key must be used up exactly, and so must the proof. What no encoder writes (an odd path with a
/// non-zero padding nibble, a compact length in a longer form, a reserved header, a short value by hash) is refused.
/// Formats: <https://spec.polkadot.network/chap-state#sect-state-storage>, RFC 7693 and EIP-152 for blake2b.
library SubstrateTrie {
    /// @dev What a node is and has: a branch (else a leaf), a value, a value that stands by its hash.
    uint256 private constant BRANCH = 1;
    uint256 private constant VALUE = 2;
    uint256 private constant HASHED = 4;

    /// @dev Header of a branch with neither a partial key nor a value.
    uint256 private constant PLAIN_BRANCH = 0x80;

    /// @dev In state version 1 a value is stored by hash from this length on; a shorter one always stands inline.
    uint256 private constant SHORTEST_HASHED_VALUE = 33;

    /// @dev A child that stands by its hash: one byte of compact length, which says 32, and the hash.
    uint256 private constant HASHED_CHILD = 0x80;
    uint256 private constant HASHED_CHILD_SIZE = 33;

    /// @notice Looks up `key` in the state with root `root`.
    /// @param root the state root
    /// @param key the full storage key, its hashed parts included
    /// @param proof the items, as described above
    /// @return found whether the proof shows a value at exactly this key
    /// @return value the value, a slice of `proof`; empty where nothing was found
    function read(
        bytes32 root,
        bytes memory key,
        bytes calldata proof
    ) internal view returns (bool found, bytes calldata value) {
        uint256 proofAt;
        uint256 path;
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            proofAt := proof.offset
            path := shl(1, add(key, 32))
        }
        // unchecked: memory and calldata are far smaller than 2^128
        unchecked {
            (uint256 spot, uint256 end) = _locate(root, path, path + 2 * key.length, proofAt, proofAt + proof.length);
            found = spot != 0;
            // memory-safe: touches no memory. [at, end) was walked inside `proof` by _locate.
            assembly ("memory-safe") {
                value.offset := spot
                value.length := sub(end, spot)
            }
        }
    }

    /// @dev Positions are absolute in calldata; (0, 0) means failure, since a proof can't start at position 0.
    /// @param expected the hash that the next item of the proof must have; the root, to begin with
    /// @param path position of the key's next nibble, in half bytes of memory
    /// @param pathEnd position after the key's last nibble
    /// @param nextItem position of the proof's next item
    /// @param proofEnd position after the proof
    function _locate(
        bytes32 expected,
        uint256 path,
        uint256 pathEnd,
        uint256 nextItem,
        uint256 proofEnd
    ) private view returns (uint256 valueAt, uint256 valueEnd) {
        // unchecked: every quantity is a position or a length under 2^129 (see ScaleDecoder), so sums of a handful
        // can't overflow; differences are only compared for equality or taken from a checked larger number
        unchecked {
            // the node (or hashed value) to come stands from `spot` to `end`; 0 while only its hash is known
            uint256 spot;
            uint256 end;
            bool valueAwaited;

            while (true) {
                if (spot == 0) {
                    (spot, end) = _takeItem(nextItem, proofEnd, expected);
                    if (spot == 0) return (0, 0);
                    nextItem = end;
                    if (valueAwaited) {
                        // a shorter value is never stored by its hash; the proof must be used up
                        if (end - spot < SHORTEST_HASHED_VALUE || end != proofEnd) return (0, 0);
                        return (spot, end);
                    }
                }

                // From here on the node is authentic: hashed just now, or inside one that was
                uint256 kind = BRANCH;
                if (_byteAt(spot) == PLAIN_BRANCH) {
                    // by far the commonest: no partial key, no value
                    ++spot;
                } else {
                    uint256 partialLength;
                    (kind, partialLength, spot) = _header(spot, pathEnd - path);
                    if (partialLength > pathEnd - path || _pathDifference(spot, path, partialLength) != 0)
                        return (0, 0);
                    spot += (partialLength + 1) >> 1;
                    path += partialLength;
                }

                uint256 childLength;
                if (kind & BRANCH != 0) {
                    uint256 bitmap = _childBitmap(spot);
                    spot += 2;
                    if (kind & VALUE != 0) {
                        (valueAt, valueEnd) = _value(spot, kind);
                        spot = valueEnd;
                    }
                    // where the key ends no child is sought, and 16 stands for none; they must fill the node all the same
                    (spot, childLength) = _child(spot, end, bitmap, path == pathEnd ? 16 : _nibble(path));
                    if (spot == 0) return (0, 0);
                } else {
                    (valueAt, valueEnd) = _value(spot, kind);
                    if (valueEnd != end) return (0, 0);
                }

                if (path == pathEnd) {
                    if (kind & HASHED != 0) {
                        expected = ScaleDecoder.bytes32At(valueAt);
                        valueAwaited = true;
                        spot = 0;
                        continue;
                    }
                    if (kind & VALUE == 0 || nextItem != proofEnd) return (0, 0);
                    return (valueAt, valueEnd);
                }

                // The key goes on, so must the path; a child is 1 to 31 bytes of a node, or the 32 of a node's hash
                if (childLength == 0) return (0, 0);
                ++path;
                if (childLength == 32) {
                    expected = ScaleDecoder.bytes32At(spot);
                    spot = 0;
                } else {
                    end = spot + childLength;
                }
            }
        }
    }

    /// @dev Takes the next item of the proof; `spot` is 0 unless it is whole and hashes to `expected`.
    function _takeItem(
        uint256 position,
        uint256 proofEnd,
        bytes32 expected
    ) private view returns (uint256 spot, uint256 end) {
        // unchecked: a calldata position plus at most 65,537
        unchecked {
            spot = position + 2;
            uint256 length = uint256(ScaleDecoder.bytes32At(position)) >> 240;
            end = spot + length;
            // hashed before the bound is judged: what lies past the proof's end is calldata too, and harmless
            bytes32 digest = _blake2b256(spot, length);
            // memory-safe: touches no memory
            assembly ("memory-safe") {
                spot := mul(spot, and(eq(digest, expected), iszero(gt(end, proofEnd))))
            }
        }
    }

    /// @dev Splits a node's header. A partial key longer than `longest` is not counted to its end: some number over
    /// `longest` comes back, so a header can't make the loop run on.
    function _header(
        uint256 spot,
        uint256 longest
    ) private pure returns (uint256 kind, uint256 partialLength, uint256 next) {
        // unchecked: a calldata position plus the few bytes of a header
        unchecked {
            uint256 first = _byteAt(spot);
            uint256 most;
            next = spot + 1;
            if (first >= 0x40) {
                // 01 leaf, 10 branch, 11 branch with a value
                most = 63;
                kind = first < 0x80 ? VALUE : (first < 0xc0 ? BRANCH : BRANCH | VALUE);
            } else if (first >= 0x20) {
                // 001 leaf with a hashed value
                most = 31;
                kind = VALUE | HASHED;
            } else if (first >= 0x10) {
                // 0001 branch with a hashed value
                most = 15;
                kind = BRANCH | VALUE | HASHED;
            } else {
                // 0000 0000 is the empty trie, 0000 0001 an escape that no Substrate chain uses: no key is in either.
                // A kind without branch and value matches nothing.
                first = 0;
            }
            partialLength = first & most;
            if (partialLength == most) {
                uint256 more = 255;
                while (more == 255 && partialLength <= longest) {
                    more = _byteAt(next++);
                    partialLength += more;
                }
            }
        }
    }

    /// @dev Zero if the partial key at `spot` equals `count` nibbles of the key from `path` on. An odd count is
    /// padded with one nibble in front, which must be zero.
    function _pathDifference(uint256 spot, uint256 path, uint256 count) private pure returns (uint256 difference) {
        // unchecked: nibble positions of calldata and of a key in memory
        unchecked {
            uint256 nodeNibble = spot * 2;
            if (count & 1 != 0) {
                difference = _byteAt(spot) >> 4;
                ++nodeNibble;
            }
            // A word read at a nibble's byte holds at least 63 nibbles from there on; 62 keeps the parity of both
            while (count != 0) {
                uint256 step = count < 62 ? count : 62;
                // memory-safe: reads only. What it reads past the key's end is shifted out: step stays within the key.
                assembly ("memory-safe") {
                    let theirs := shl(shl(2, and(nodeNibble, 1)), calldataload(shr(1, nodeNibble)))
                    let ours := shl(shl(2, and(path, 1)), mload(shr(1, path)))
                    difference := or(difference, shr(sub(256, shl(2, step)), xor(theirs, ours)))
                }
                nodeNibble += step;
                path += step;
                count -= step;
            }
        }
    }

    /// @dev Where a node's value stands: itself, or its 32-byte hash.
    function _value(uint256 spot, uint256 kind) private pure returns (uint256 valueAt, uint256 valueEnd) {
        // unchecked: a calldata position plus a length under 2^128
        unchecked {
            uint256 length = 32;
            valueAt = spot;
            if (kind & HASHED == 0) (length, valueAt) = ScaleDecoder.compactLength(spot);
            valueEnd = valueAt + length;
        }
    }

    /// @dev Walks the children that a branch holds from `spot` to `end`, which they must fill exactly, to the one at
    /// `index`.
    /// @return childAt where its hash or the node itself stands; 0 where the children do not fill the branch
    /// @return childLength its length, at most 32; 0 where the branch has no child at `index`
    function _child(
        uint256 spot,
        uint256 end,
        uint256 bitmap,
        uint256 index
    ) private pure returns (uint256 childAt, uint256 childLength) {
        // unchecked: calldata positions plus at most 16 × 33; `end - at` may wrap and then equals nothing
        unchecked {
            uint256 wanted = (bitmap >> index) & 1;
            (uint256 all, uint256 before) = (16, index);
            if (bitmap != 0xffff) (all, before) = _countBits(bitmap, bitmap & ((1 << index) - 1));
            if (end - spot == HASHED_CHILD_SIZE * all) {
                // No child takes more than 33 bytes, so all of them take 33: each stands by its hash
                childAt = spot + HASHED_CHILD_SIZE * before;
                childLength = wanted * 32;
                if (wanted != 0 && _byteAt(childAt++) != HASHED_CHILD) childAt = 0;
            } else {
                childAt = spot;
                uint256 bad;
                for (; all != 0; --all) {
                    // compact lengths of one byte, up to 32
                    uint256 prefix = _byteAt(spot++);
                    if (prefix & 3 != 0 || prefix > HASHED_CHILD) bad = 1;
                    if (before-- == 0) (childAt, childLength) = (spot, wanted * (prefix >> 2));
                    spot += prefix >> 2;
                }
                if (bad != 0 || spot != end) childAt = 0;
            }
        }
    }

    /// @dev Set bits of two 16-bit maps, counted side by side in one word (each in 32 bits of its own).
    function _countBits(uint256 first, uint256 second) private pure returns (uint256, uint256) {
        // unchecked: partial sums of at most 16 in fields of 4 bits and more
        unchecked {
            uint256 x = first | (second << 32);
            x -= (x >> 1) & 0x0000555500005555;
            x = (x & 0x0000333300003333) + ((x >> 2) & 0x0000333300003333);
            x = (x + (x >> 4)) & 0x00000f0f00000f0f;
            x += x >> 8;
            return (x & 0x1f, (x >> 32) & 0x1f);
        }
    }

    /// @dev A branch's child map: 16 bits, little-endian.
    function _childBitmap(uint256 spot) private pure returns (uint256 bitmap) {
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            let word := calldataload(spot)
            bitmap := or(shl(8, byte(1, word)), byte(0, word))
        }
    }

    function _nibble(uint256 path) private pure returns (uint256 nibble) {
        // memory-safe: reads a byte of the key, which `path` has not left
        assembly ("memory-safe") {
            nibble := and(shr(sub(252, shl(2, and(path, 1))), mload(shr(1, path))), 15)
        }
    }

    function _byteAt(uint256 spot) private pure returns (uint256 value) {
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            value := byte(0, calldataload(spot))
        }
    }

    /// @dev blake2b-256 of up to 65,535 bytes of calldata. Written here, and not shared, because hashing is most of a
    /// proof's cost and a node can go from calldata to the precompile without another copy. A branch of sixteen hashed
    /// children has five blocks, so the first four are written out, where the byte count is a constant.
    function _blake2b256(uint256 spot, uint256 length) private view returns (bytes32 digest) {
        // No node is empty. (Also, a function that returns early is not inlined, which the code below gains by.)
        if (length == 0) return 0;
        // memory-safe: works in free memory behind the free-memory pointer
        assembly ("memory-safe") {
            // The precompile's 213 bytes, laid so that words are aligned: 12 rounds (4 bytes, up to state), the state
            // (64), the block (128), the byte count (16, little-endian) and the last-block flag
            let state := mload(0x40)
            mstore(state, 12)
            state := add(state, 32)
            // the initial state of RFC 7693 for a 32-byte digest without a key, as little-endian bytes
            mstore(state, 0x28c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5)
            mstore(add(state, 32), 0xd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b)
            let ok := 1
            let done := 0
            if gt(length, 128) {
                calldatacopy(add(state, 64), spot, 128)
                mstore(add(state, 192), shl(248, 128))
                ok := staticcall(gas(), 9, sub(state, 4), 213, state, 64)
                done := 128
                if gt(length, 256) {
                    calldatacopy(add(state, 64), add(spot, 128), 128)
                    mstore(add(state, 192), shl(240, 1))
                    ok := and(staticcall(gas(), 9, sub(state, 4), 213, state, 64), ok)
                    done := 256
                    if gt(length, 384) {
                        calldatacopy(add(state, 64), add(spot, 256), 128)
                        mstore(add(state, 192), shl(240, 0x8001))
                        ok := and(staticcall(gas(), 9, sub(state, 4), 213, state, 64), ok)
                        done := 384
                        if gt(length, 512) {
                            calldatacopy(add(state, 64), add(spot, 384), 128)
                            mstore(add(state, 192), shl(240, 2))
                            ok := and(staticcall(gas(), 9, sub(state, 4), 213, state, 64), ok)
                            done := 512
                            for {} gt(length, add(done, 128)) {} {
                                calldatacopy(add(state, 64), add(spot, done), 128)
                                done := add(done, 128)
                                // the count's low byte first, its high byte second, all else (and the flag) zero
                                mstore(add(state, 192), or(shl(248, done), shl(240, shr(8, done))))
                                ok := and(staticcall(gas(), 9, sub(state, 4), 213, state, 64), ok)
                            }
                        }
                    }
                }
            }
            // beyond its end calldata reads as zeros, which pad the last block
            calldatacopy(add(state, 64), calldatasize(), 128)
            calldatacopy(add(state, 64), add(spot, done), sub(length, done))
            mstore(add(state, 192), or(or(shl(248, length), shl(240, shr(8, length))), shl(120, 1)))
            ok := and(staticcall(gas(), 9, sub(state, 4), 213, state, 64), ok)
            // a failed call leaves no digest: zero, which no parent names
            digest := mul(mload(state), ok)
        }
    }
}
