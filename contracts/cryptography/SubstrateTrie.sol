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
    uint256 private constant LEAF = 1;
    uint256 private constant VALUE = 2;
    uint256 private constant HASHED = 4;

    /// @dev In state version 1 a value is stored by hash from this length on; a shorter one always stands inline.
    uint256 private constant SHORTEST_HASHED_VALUE = 33;

    /// @dev A child that stands by its hash: one byte of compact length (0x80 says 32) and the hash.
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
        (uint256 at, uint256 end) = _locate(root, key, proof);
        found = at != 0;
        // memory-safe: touches no memory. [at, end) was walked inside `proof` by _locate.
        assembly ("memory-safe") {
            value.offset := at
            value.length := sub(end, at)
        }
    }

    /// @dev Positions are absolute in calldata; (0, 0) means failure, since a proof can't start at position 0.
    function _locate(
        bytes32 root,
        bytes memory key,
        bytes calldata proof
    ) private view returns (uint256 valueAt, uint256 valueEnd) {
        // unchecked: every quantity is a calldata position or a length under 2^128 (see ScaleDecoder), so sums of a
        // handful can't overflow; differences are only compared for equality or taken from a checked larger number
        unchecked {
            uint256 scratch = _allocateScratch();
            uint256 proofEnd;
            uint256 at;
            // memory-safe: touches no memory
            assembly ("memory-safe") {
                at := proof.offset
                proofEnd := add(at, proof.length)
            }
            uint256 pathLeft = key.length * 2;
            uint256 keyNibble;
            uint256 end;
            uint256 nextItem;
            (at, end) = _takeItem(scratch, at, proofEnd, root);
            nextItem = end;

            // `at` and `end` bound the node; it is authentic: hashed here, or inside one that was
            while (at != 0) {
                uint256 kind;
                uint256 children;
                {
                    uint256 partialLength;
                    (kind, partialLength, at) = _header(at, pathLeft);
                    if (partialLength > pathLeft || !_samePath(at, key, keyNibble, partialLength)) return (0, 0);
                    at += (partialLength + 1) >> 1;
                    keyNibble += partialLength;
                    pathLeft -= partialLength;
                }
                if (kind & LEAF == 0) {
                    children = _childBitmap(at);
                    at += 2;
                }
                if (kind & VALUE != 0) {
                    (valueAt, valueEnd) = (at, at + 32);
                    if (kind & HASHED == 0) {
                        (valueEnd, valueAt) = ScaleDecoder.compactLength(at);
                        valueEnd += valueAt;
                    }
                    at = valueEnd;
                }
                if (pathLeft == 0) {
                    // The key ends here. A branch's children must still fill the rest of the node (no child is sought,
                    // so 16 stands for "none"); in a leaf the value must.
                    if (kind & VALUE == 0) return (0, 0);
                    if (kind & LEAF == 0) (, at) = _findChild(at, end, children, 16);
                    if (at != end) return (0, 0);
                    if (kind & HASHED != 0) {
                        (valueAt, valueEnd) = _takeItem(scratch, nextItem, proofEnd, ScaleDecoder.bytes32At(valueAt));
                        if (valueEnd - valueAt < SHORTEST_HASHED_VALUE) return (0, 0);
                        nextItem = valueEnd;
                    }
                    return nextItem == proofEnd ? (valueAt, valueEnd) : (0, 0);
                }
                if (kind & LEAF != 0) return (0, 0);

                uint256 nodeEnd = end;
                (at, end) = _findChild(at, nodeEnd, children, _nibble(key, keyNibble));
                if (end != nodeEnd || at == 0) return (0, 0);
                ++keyNibble;
                --pathLeft;
                // the child's own length stands in the byte before it, checked by _findChild to be at most 32
                uint256 childLength = _byteAt(at - 1) >> 2;
                if (childLength == 32) {
                    (at, end) = _takeItem(scratch, nextItem, proofEnd, ScaleDecoder.bytes32At(at));
                    nextItem = end;
                } else {
                    end = at + childLength;
                }
            }
            return (0, 0);
        }
    }

    /// @dev Takes the next item of the proof if it is whole and hashes to `expected`; (0, 0) otherwise.
    function _takeItem(
        uint256 scratch,
        uint256 position,
        uint256 proofEnd,
        bytes32 expected
    ) private view returns (uint256 at, uint256 end) {
        // unchecked: a calldata position plus at most 65,537
        unchecked {
            at = position + 2;
            uint256 length = uint256(ScaleDecoder.bytes32At(position)) >> 240;
            end = at + length;
            if (end > proofEnd || _blake2b256(scratch, at, length) != expected) return (0, 0);
        }
    }

    /// @dev Splits a node's header. A partial key longer than `longest` is not counted to its end: some number over
    /// `longest` comes back, so a header can't make the loop run on.
    function _header(
        uint256 at,
        uint256 longest
    ) private pure returns (uint256 kind, uint256 partialLength, uint256 next) {
        // unchecked: a calldata position plus the few bytes of a header
        unchecked {
            uint256 first = _byteAt(at);
            uint256 most;
            next = at + 1;
            if (first >> 6 != 0) {
                // 01 leaf, 10 branch, 11 branch with a value
                most = 63;
                kind = first >> 6 == 1 ? LEAF | VALUE : first >> 6 == 2 ? 0 : VALUE;
            } else if (first >> 5 == 1) {
                // 001 leaf with a hashed value
                most = 31;
                kind = LEAF | VALUE | HASHED;
            } else if (first >> 4 == 1) {
                // 0001 branch with a hashed value
                most = 15;
                kind = VALUE | HASHED;
            } else {
                // 0000 0000 is the empty trie, 0000 0001 an escape that no Substrate chain uses: no key is in either
                return (0, type(uint128).max, next);
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

    /// @dev Whether the partial key at `at` equals `count` nibbles of `key` from nibble `from` on. An odd count is
    /// padded with one nibble in front, which must be zero.
    function _samePath(uint256 at, bytes memory key, uint256 from, uint256 count) private pure returns (bool) {
        // unchecked: nibble positions of calldata and of a key in memory
        unchecked {
            uint256 nodeNibble = at * 2;
            if (count & 1 != 0) {
                if (_byteAt(at) >> 4 != 0) return false;
                ++nodeNibble;
            }
            // A word read at a nibble's byte holds at least 63 nibbles from there on; 62 keeps `from` at its parity
            while (count != 0) {
                uint256 step = count < 62 ? count : 62;
                uint256 difference;
                // memory-safe: reads only. What it reads past the key's end is shifted out: step stays within the key.
                assembly ("memory-safe") {
                    difference := xor(
                        shl(shl(2, and(nodeNibble, 1)), calldataload(shr(1, nodeNibble))),
                        shl(shl(2, and(from, 1)), mload(add(add(key, 32), shr(1, from))))
                    )
                }
                if (difference >> (256 - 4 * step) != 0) return false;
                nodeNibble += step;
                from += step;
                count -= step;
            }
            return true;
        }
    }

    /// @dev Walks the children that a branch holds from `at` to `end` and finds the one at `index`.
    /// @return childAt its first byte (of the hash, or of the embedded node); 0 where there is none
    /// @return childrenEnd `end` if the children fill the space exactly, and some other number if not
    function _findChild(
        uint256 at,
        uint256 end,
        uint256 bitmap,
        uint256 index
    ) private pure returns (uint256 childAt, uint256 childrenEnd) {
        // unchecked: calldata positions plus at most 16 × 33; `end - at` may wrap and then equals nothing
        unchecked {
            uint256 wanted = (bitmap >> index) & 1;
            (uint256 all, uint256 before) = _countBits(bitmap, bitmap & ((1 << index) - 1));
            if (end - at == HASHED_CHILD_SIZE * all) {
                // No child takes more than 33 bytes, so all of them take 33: each stands by its hash
                childAt = at + HASHED_CHILD_SIZE * before;
                if (wanted == 0 || _byteAt(childAt) != 0x80) return (0, wanted == 0 ? end : 0);
                return (childAt + 1, end);
            }
            for (uint256 left = bitmap; left != 0; left &= left - 1) {
                uint256 prefix = _byteAt(at++);
                // compact lengths of one byte, up to 32
                if (prefix & 3 != 0 || prefix > 0x80) return (0, 0);
                if (before-- == 0 && wanted != 0) childAt = at;
                at += prefix >> 2;
            }
            return (childAt, at);
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
    function _childBitmap(uint256 at) private pure returns (uint256) {
        uint256 word = uint256(ScaleDecoder.bytes32At(at));
        return (word >> 248) | ((word >> 232) & 0xff00);
    }

    function _nibble(bytes memory key, uint256 index) private pure returns (uint256 nibble) {
        // memory-safe: reads one byte of `key`; index < 2 × its length
        assembly ("memory-safe") {
            nibble := byte(0, mload(add(add(key, 32), shr(1, index))))
            nibble := and(shr(shl(2, iszero(and(index, 1))), nibble), 15)
        }
    }

    function _byteAt(uint256 at) private pure returns (uint256 value) {
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            value := byte(0, calldataload(at))
        }
    }

    /// @dev The input of the precompile 0x09, laid so that its words are aligned: 12 rounds end at byte 32, then the
    /// state h (64 bytes), the block (128), the byte count (16, little-endian) and the last-block flag.
    function _allocateScratch() private pure returns (uint256 scratch) {
        // memory-safe: takes 288 fresh bytes at the free-memory pointer and moves it
        assembly ("memory-safe") {
            scratch := mload(0x40)
            mstore(0x40, add(scratch, 288))
            mstore(scratch, 12)
        }
    }

    /// @dev blake2b-256 of up to 65,535 bytes of calldata. Written here, and not shared, because hashing is most of a
    /// proof's cost: the scratch is laid out once for all nodes and no byte is copied twice.
    function _blake2b256(uint256 scratch, uint256 at, uint256 length) private view returns (bytes32 digest) {
        // memory-safe: writes only within the 288 bytes of `scratch`
        assembly ("memory-safe") {
            let message := add(scratch, 96)
            let counter := add(scratch, 224)
            // the initial state of RFC 7693 for a 32-byte digest without a key, as little-endian bytes
            mstore(add(scratch, 32), 0x28c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5)
            mstore(add(scratch, 64), 0xd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b)
            let done := 0
            let ok := 1
            for {} gt(length, add(done, 128)) {} {
                calldatacopy(message, add(at, done), 128)
                done := add(done, 128)
                // the count fits 16 bits: its low byte first, its high byte second, all else (and the flag) zero
                mstore(counter, or(shl(248, done), shl(240, shr(8, done))))
                ok := and(ok, staticcall(gas(), 9, add(scratch, 28), 213, add(scratch, 32), 64))
            }
            let rest := sub(length, done)
            calldatacopy(message, add(at, done), rest)
            // beyond its end calldata reads as zeros: the last block's padding
            calldatacopy(add(message, rest), calldatasize(), sub(128, rest))
            mstore(counter, or(or(shl(248, length), shl(240, shr(8, length))), shl(120, 1)))
            ok := and(ok, staticcall(gas(), 9, add(scratch, 28), 213, add(scratch, 32), 64))
            // a failed call leaves no digest: zero, which no node's parent names
            digest := mul(mload(add(scratch, 32)), ok)
        }
    }
}
