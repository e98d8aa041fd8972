// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {KeccakF1600} from "./KeccakF1600.sol";
import {LittleEndian} from "./LittleEndian.sol";
import {KECCAK_STATE, STROBE_BEGIN, STROBE_BLOCK, STROBE_POSITION} from "./WorkspaceLayout.sol";

/// @title STROBE-128 as far as Merlin uses it: AD, META-AD and one PRF at the end
/// @dev Source: the STROBE protocol framework 1.0.2 (M. Hamburg, https://strobe.sourceforge.io/specs), security level
/// 128 over keccak-f[1600], hence a rate of 166 bytes for data and 2 for framing.
///
/// The specification mixes each byte into the state as it comes. Here bytes gather in a block of the workspace
/// and are mixed in when the block is full or output is asked for; the state at every permutation is the same. The
/// caller claims the workspace, loads the constants of keccak-f[1600] and sets up state, block and position.
library Strobe128 {
    /// @dev The workspace's block with its slack.
    uint256 private constant BLOCK_BYTES = 224;

    /// @dev Bytes of data in a block; two bytes of framing follow them.
    uint256 internal constant RATE = 166;

    uint256 internal constant FLAGS_AD = 0x02; // A
    uint256 internal constant FLAGS_META_AD = 0x12; // M, A
    uint256 internal constant FLAGS_PRF = 0x07; // I, A, C

    /// @dev 64-bit masks and the factor that puts a lane four times into its word, as keccak-f[1600] wants it.
    uint256 private constant LANE_MASK = 0xffffffffffffffff;
    uint256 private constant FOUR_COPIES = 0x0000000000000001000000000000000100000000000000010000000000000001;

    /// @notice Begins an operation and gives it its first bytes.
    /// @param flags One of the FLAGS above.
    /// @param text At most 30 bytes, left-aligned, zero after them.
    /// @param length How many bytes.
    function operate(uint256 flags, uint256 text, uint256 length) internal pure {
        uint256 position;
        uint256 begunBefore;
        assembly ("memory-safe") {
            position := mload(STROBE_POSITION)
            begunBefore := mload(STROBE_BEGIN)
            mstore(STROBE_BEGIN, add(position, 1))
        }
        absorb((begunBefore << 248) | (flags << 240) | (text >> 16), length + 2);
    }

    /// @notice Gives the running operation up to 32 bytes more.
    /// @param text Left-aligned, zero after its `length` bytes.
    function absorb(uint256 text, uint256 length) internal pure {
        uint256 position;
        assembly ("memory-safe") {
            position := mload(STROBE_POSITION)
            // The block has 32 bytes of slack, so a text may run over the rate.
            mstore(add(STROBE_BLOCK, position), text)
        }
        _advance(position + length);
    }

    /// @notice Gives the running operation any number of bytes more.
    function absorbCalldata(bytes calldata text) internal pure {
        uint256 offset;
        uint256 length = text.length;
        while (offset < length) {
            uint256 position;
            uint256 taken = length - offset;
            assembly ("memory-safe") {
                position := mload(STROBE_POSITION)
                let room := sub(RATE, position)
                if gt(taken, room) {
                    taken := room
                }
                calldatacopy(add(STROBE_BLOCK, position), add(text.offset, offset), taken)
            }
            _advance(position + taken);
            offset += taken;
        }
    }

    /// @notice Ends the transcript: runs PRF and gives its first 64 bytes.
    /// @return low Bytes 0 to 31 as a number, least byte first.
    /// @return high Bytes 32 to 63 likewise.
    function squeeze() internal pure returns (uint256 low, uint256 high) {
        operate(FLAGS_PRF, 0, 0);
        uint256 position;
        assembly ("memory-safe") {
            position := mload(STROBE_POSITION)
        }
        // PRF needs a fresh permutation, unless its own header has just filled a block.
        if (position != 0) _permute(position);
        assembly ("memory-safe") {
            function fourLanes(spot) -> value {
                // Copies of lane i fill its word; what is wanted of it is 64 bits at place i.
                value := and(mload(spot), LANE_MASK)
                value := or(value, shl(64, and(mload(add(spot, 0x20)), LANE_MASK)))
                value := or(value, shl(128, and(mload(add(spot, 0x40)), LANE_MASK)))
                value := or(value, shl(192, mload(add(spot, 0x60))))
            }
            low := fourLanes(KECCAK_STATE)
            high := fourLanes(add(KECCAK_STATE, 0x80))
        }
    }

    /// @dev Sets the position, after a permutation if the block is full. Bytes beyond the rate open the next block.
    function _advance(uint256 position) private pure {
        if (position >= RATE) {
            uint256 overhang;
            assembly ("memory-safe") {
                overhang := mload(add(STROBE_BLOCK, RATE))
                mstore(add(STROBE_BLOCK, RATE), 0)
            }
            _permute(RATE);
            position -= RATE;
            assembly ("memory-safe") {
                // At most 31 bytes overhang; the bytes after them are zero as the block was before.
                mstore(STROBE_BLOCK, overhang)
            }
        }
        assembly ("memory-safe") {
            mstore(STROBE_POSITION, position)
        }
    }

    /// @dev `runF` of the specification: frames the block after `position` bytes, mixes it in, permutes and leaves
    /// an empty block.
    function _permute(uint256 position) private pure {
        assembly ("memory-safe") {
            mstore8(add(STROBE_BLOCK, position), mload(STROBE_BEGIN))
            mstore8(add(STROBE_BLOCK, add(position, 1)), 0x04)
            // The last byte of the padded block: 0x84 where the two meet.
            let last := add(STROBE_BLOCK, add(RATE, 1))
            mstore8(last, or(byte(0, mload(last)), 0x80))
        }
        // Lanes 0 to 19, four from each word, then lane 20 from the 8 bytes left.
        for (uint256 i = 0; i < 5; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(STROBE_BLOCK, shl(5, i)))
            }
            word = LittleEndian.reverseEach64(word);
            assembly ("memory-safe") {
                function mix(spot, lane) {
                    mstore(spot, xor(mload(spot), mul(lane, FOUR_COPIES)))
                }
                let spot := add(KECCAK_STATE, shl(7, i))
                mix(spot, shr(192, word))
                mix(add(spot, 0x20), and(shr(128, word), LANE_MASK))
                mix(add(spot, 0x40), and(shr(64, word), LANE_MASK))
                mix(add(spot, 0x60), and(word, LANE_MASK))
            }
        }
        uint256 rest;
        assembly ("memory-safe") {
            rest := mload(add(STROBE_BLOCK, 160))
        }
        rest = LittleEndian.reverseEach64(rest) >> 192;
        assembly ("memory-safe") {
            let spot := add(KECCAK_STATE, 640)
            mstore(spot, xor(mload(spot), mul(rest, FOUR_COPIES)))
            // Calldata reads as zeros past its end.
            calldatacopy(STROBE_BLOCK, calldatasize(), BLOCK_BYTES)
            mstore(STROBE_POSITION, 0)
            mstore(STROBE_BEGIN, 0)
        }
        KeccakF1600.permute();
    }
}
