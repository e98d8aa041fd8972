// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title What an NVIDIA report says of its device beside the measurements
/// @notice The opaque data is a row of fields: type (2), size (2), the field; little-endian. Types that decide nothing
/// here are stepped over, whatever is in them; of those read here none may come twice. Texts are ASCII, filled up with
/// zeros. Nothing here reverts.
library OpaqueFields {
    /// @notice What was read; a field that isn't there has length 0 or is 0.
    /// @param driverVersion Such as 580.159.03
    /// @param vbiosVersion Eight bytes, as given
    /// @param project The board, such as 1010
    /// @param projectSku Its variant, such as 0205
    /// @param chipSku The chip's variant, such as 862
    /// @param firmware Keccak-256 of the firmware id, 48 bytes
    /// @param isDecoderOff Whether the first video decoder is out of use, and measurement 36 with it
    struct Fields {
        bytes driverVersion;
        bytes8 vbiosVersion;
        bytes project;
        bytes projectSku;
        bytes chipSku;
        bytes32 firmware;
        bool isDecoderOff;
    }

    uint256 private constant DRIVER_VERSION = 3;
    uint256 private constant VBIOS_VERSION = 6;
    uint256 private constant NVDEC0_STATUS = 11;
    uint256 private constant CHIP_SKU = 15;
    uint256 private constant PROJECT = 17;
    uint256 private constant PROJECT_SKU = 18;
    uint256 private constant FIRMWARE_ID = 20;

    uint256 private constant READ_HERE =
        (1 << DRIVER_VERSION) |
            (1 << VBIOS_VERSION) |
            (1 << NVDEC0_STATUS) |
            (1 << CHIP_SKU) |
            (1 << PROJECT) |
            (1 << PROJECT_SKU) |
            (1 << FIRMWARE_ID);

    uint256 private constant DECODER_OFF = 0x55;
    uint256 private constant MAX_TEXT_BYTES = 64;
    uint256 private constant FIRMWARE_ID_BYTES = 48;

    /// @notice Read the fields that stand between two memory addresses.
    /// @return reason Short ASCII name of what is wrong; zero where nothing is
    function parse(uint256 position, uint256 end) internal pure returns (bytes32 reason, Fields memory fields) {
        uint256 seen;
        // Addresses, and sizes of two bytes: no sum overflows.
        unchecked {
            while (position < end) {
                if (position + 4 > end) return ("OpaqueCutShort", fields);
                uint256 head = _word(position);
                uint256 kind = (head >> 248) | ((head >> 232) & 0xff00);
                uint256 size = ((head >> 232) & 0xff) | ((head >> 216) & 0xff00);
                position += 4;
                if (position + size > end) return ("OpaqueCutShort", fields);
                if (kind < 256 && (READ_HERE >> kind) & 1 == 1) {
                    if ((seen >> kind) & 1 == 1) return ("OpaqueRepeated", fields);
                    seen |= 1 << kind;
                    if (!_read(fields, kind, position, size)) return ("OpaqueField", fields);
                }
                position += size;
            }
        }
    }

    function _read(Fields memory fields, uint256 kind, uint256 position, uint256 size) private pure returns (bool) {
        if (kind == VBIOS_VERSION) {
            fields.vbiosVersion = bytes8(bytes32(_word(position)));
            return size == 8;
        }
        if (kind == NVDEC0_STATUS) {
            // Anything else leaves the measurement to be compared, which is the stricter way.
            fields.isDecoderOff = size == 1 && _word(position) >> 248 == DECODER_OFF;
            return true;
        }
        if (kind == FIRMWARE_ID) {
            bytes32 firmware;
            // Hashes the field where it stands; past the data's end only if the size is wrong, which is said below.
            assembly ("memory-safe") {
                firmware := keccak256(position, FIRMWARE_ID_BYTES)
            }
            fields.firmware = firmware;
            return size == FIRMWARE_ID_BYTES;
        }
        (bool good, bytes memory text) = _text(position, size);
        if (kind == DRIVER_VERSION) fields.driverVersion = text;
        else if (kind == CHIP_SKU) fields.chipSku = text;
        else if (kind == PROJECT) fields.project = text;
        else fields.projectSku = text;
        return good;
    }

    /// @dev Printable ASCII, then nothing but zeros.
    function _text(uint256 position, uint256 size) private pure returns (bool good, bytes memory text) {
        if (size > MAX_TEXT_BYTES) return (false, text);
        uint256 length = size;
        // Bounded by 64 from here on.
        unchecked {
            while (length != 0 && _word(position + length - 1) >> 248 == 0) --length;
            text = new bytes(length);
            for (uint256 i; i < length; ++i) {
                uint256 character = _word(position + i) >> 248;
                if (character < 0x20 || character > 0x7e) return (false, text);
                text[i] = bytes1(uint8(character));
            }
        }
        return (true, text);
    }

    function _word(uint256 position) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(position)
        }
    }
}
