// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title An SPDM 1.1 request for signed measurements and its answer, side by side (DMTF DSP0274, 10.11)
/// @notice NVIDIA's attestation report, of Hopper and Blackwell GPUs and of NVSwitches alike:
///
///     request    version 0x11, code 0xe0, attributes 1 (signed), operation 0xff (all), nonce (32), slot
///     answer     version 0x11, code 0x60, 0, slot, number of blocks, length of the record (3), the blocks,
///                the device's own nonce (32), length of the opaque data (2), that data, signature (96)
///     block      index, specification 1 (DMTF), size (2), then type, size of the value (2), a SHA-384 digest (48)
///
/// Numbers are little-endian. Blocks are numbered from 1 on without a gap. Every length is held against what is left
/// before it is used; nothing here reverts.
library SpdmReport {
    /// @notice Where the parts begin, as memory addresses.
    /// @param nonce The requester's nonce
    /// @param blocks The measurement blocks
    /// @param blockCount How many there are
    /// @param opaque The opaque data
    /// @param opaqueEnd Where it ends
    /// @param signature The signature, 96 bytes; what is signed is everything before it
    struct Parts {
        uint256 nonce;
        uint256 blocks;
        uint256 blockCount;
        uint256 opaque;
        uint256 opaqueEnd;
        uint256 signature;
    }

    uint256 internal constant REQUEST_BYTES = 37;
    uint256 internal constant SIGNATURE_BYTES = 96;
    uint256 internal constant DIGEST_BYTES = 48;

    uint256 private constant ANSWER_HEAD_BYTES = 8;
    uint256 private constant BLOCK_BYTES = 55;
    uint256 private constant BLOCK_HEAD_BYTES = 7;
    /// @dev The answer without its blocks and opaque data.
    uint256 private constant ANSWER_FIXED_BYTES = ANSWER_HEAD_BYTES + 32 + 2 + SIGNATURE_BYTES;
    /// @dev Real ones have 4,300. The bound keeps what a bad one can cost small.
    uint256 private constant MAX_BYTES = 16_384;

    uint256 private constant VERSION = 0x11;
    uint256 private constant GET_MEASUREMENTS = 0xe0;
    uint256 private constant MEASUREMENTS = 0x60;
    uint256 private constant SIGNED = 1;
    uint256 private constant ALL = 0xff;
    uint256 private constant LAST_SLOT = 7;

    /// @dev A block's head, its index and value type left open: specification 1, size 51, value of 48.
    uint256 private constant BLOCK_HEAD = 0x00013300003000;
    /// @dev The highest bit of the type says that the value is no digest, so it is not left open.
    uint256 private constant BLOCK_HEAD_MASK = 0x00ffffff80ffff;

    /// @notice Find the parts of a report that fills `report`.
    /// @return reason Short ASCII name of what is wrong; zero where nothing is
    function parse(bytes memory report) internal pure returns (bytes32 reason, Parts memory parts) {
        // Addresses and bounded lengths: no sum overflows, and no difference is taken of less.
        unchecked {
            if (report.length < REQUEST_BYTES + ANSWER_FIXED_BYTES) return ("ReportTooShort", parts);
            if (report.length > MAX_BYTES) return ("ReportTooLong", parts);
            uint256 position;
            assembly ("memory-safe") {
                position := add(report, 0x20)
            }
            uint256 end = position + report.length;

            if (_byte(position) != VERSION) return ("RequestVersion", parts);
            if (_byte(position + 1) != GET_MEASUREMENTS) return ("RequestCode", parts);
            if (_byte(position + 2) != SIGNED) return ("RequestAttributes", parts);
            if (_byte(position + 3) != ALL) return ("RequestOperation", parts);
            parts.nonce = position + 4;
            uint256 slot = _byte(position + 36);
            if (slot > LAST_SLOT) return ("RequestSlot", parts);
            position += REQUEST_BYTES;

            if (_byte(position) != VERSION) return ("ResponseVersion", parts);
            if (_byte(position + 1) != MEASUREMENTS) return ("ResponseCode", parts);
            if (_byte(position + 2) != 0) return ("ResponseReserved", parts);
            if (_byte(position + 3) != slot) return ("ResponseSlot", parts);
            uint256 count = _byte(position + 4);
            uint256 length = _littleEndian(position + 5, 3);
            if (count == 0) return ("MeasurementsNone", parts);
            if (length != count * BLOCK_BYTES) return ("MeasurementsLength", parts);
            if (report.length < REQUEST_BYTES + ANSWER_FIXED_BYTES + length) return ("ReportTooShort", parts);
            position += ANSWER_HEAD_BYTES;
            parts.blocks = position;
            parts.blockCount = count;
            for (uint256 index = 1; index <= count; ++index) {
                uint256 head = _word(position) >> (256 - 8 * BLOCK_HEAD_BYTES);
                if (head >> (8 * (BLOCK_HEAD_BYTES - 1)) != index) return ("MeasurementIndex", parts);
                if (head & BLOCK_HEAD_MASK != BLOCK_HEAD) return ("MeasurementFormat", parts);
                position += BLOCK_BYTES;
            }

            // The device's nonce says nothing here: it is there against replay of what a device is asked to sign.
            position += 32;
            parts.opaque = position + 2;
            parts.opaqueEnd = parts.opaque + _littleEndian(position, 2);
            parts.signature = parts.opaqueEnd;
            // Nothing may be left over, or what is signed would not be what is read.
            if (parts.signature + SIGNATURE_BYTES != end) return ("OpaqueLength", parts);
        }
    }

    /// @notice Memory address of the digest in a block, the first being block 1.
    function digestOf(Parts memory parts, uint256 index) internal pure returns (uint256) {
        return parts.blocks + (index - 1) * BLOCK_BYTES + BLOCK_HEAD_BYTES;
    }

    /// @notice All digests, the first of block 1, 48 bytes each.
    function digests(Parts memory parts) internal pure returns (bytes memory all) {
        all = new bytes(parts.blockCount * DIGEST_BYTES);
        for (uint256 i; i < parts.blockCount; ++i) {
            uint256 source = digestOf(parts, i + 1);
            // Copies into the array just made, within its length: memory-safe.
            assembly ("memory-safe") {
                mcopy(add(add(all, 0x20), mul(i, DIGEST_BYTES)), source, DIGEST_BYTES)
            }
        }
    }

    /// @dev A number of two or three bytes.
    function _littleEndian(uint256 position, uint256 length) private pure returns (uint256 value) {
        uint256 head = _word(position);
        value = (head >> 248) | ((head >> 232) & 0xff00);
        if (length == 3) value |= (head >> 216) & 0xff0000;
    }

    function _byte(uint256 position) private pure returns (uint256) {
        return _word(position) >> 248;
    }

    function _word(uint256 position) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(position)
        }
    }
}
