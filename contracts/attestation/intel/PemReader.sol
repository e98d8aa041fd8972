// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title The first certificate of a PEM text (RFC 7468), decoded
/// @notice Lines may be of any length that is a multiple of four and end with a line feed, with or without a carriage
/// return before it, as every writer of PEM does. What follows the first certificate is not looked at.
library PemReader {
    bytes27 private constant BEGIN = "-----BEGIN CERTIFICATE-----";
    bytes25 private constant END = "-----END CERTIFICATE-----";

    /// @notice Decode the certificate that `text` begins with.
    /// @return complete False where the text is not of the form
    function decodeFirst(bytes calldata text) internal pure returns (bool complete, bytes memory der) {
        if (text.length < 27 || bytes27(text[:27]) != BEGIN) return (false, "");
        bytes memory values = _values();
        uint256 position = 27;
        der = new bytes((text.length * 3) / 4);
        uint256 length;
        while (text.length - position >= 4) {
            bytes4 group = bytes4(text[position:position + 4]);
            if (group[0] == "\n" || group[0] == "\r") {
                ++position;
                continue;
            }
            if (group[0] == "-") {
                if (text.length - position < 25 || bytes25(text[position:position + 25]) != END) return (false, "");
                // Cut to what was decoded; the room behind it stays unused.
                assembly ("memory-safe") {
                    mstore(der, length)
                }
                return (true, der);
            }
            (uint256 bits, uint256 count) = _decode(values, group);
            if (count == 0) return (false, "");
            assembly ("memory-safe") {
                // Three bytes; `der` has room for every group of the text, and a word is kept behind it.
                let to := add(add(der, 0x20), length)
                mstore8(to, shr(16, bits))
                mstore8(add(to, 1), shr(8, bits))
                mstore8(add(to, 2), bits)
            }
            length += count;
            position += 4;
        }
        return (false, "");
    }

    /// @dev Twenty-four bits of a group and how many bytes of them count: 0 where a character is none of base64's.
    function _decode(bytes memory values, bytes4 group) private pure returns (uint256 bits, uint256 count) {
        count = 3;
        if (group[3] == "=") {
            count = group[2] == "=" ? 1 : 2;
            group = count == 1 ? bytes4(bytes2(group)) | 0x00004141 : bytes4(bytes3(group)) | 0x00000041;
        }
        assembly ("memory-safe") {
            let table := add(values, 0x20)
            let a := byte(0, mload(add(table, byte(0, group))))
            let b := byte(0, mload(add(table, byte(1, group))))
            let c := byte(0, mload(add(table, byte(2, group))))
            let d := byte(0, mload(add(table, byte(3, group))))
            bits := or(or(shl(18, a), shl(12, b)), or(shl(6, c), d))
            if gt(or(or(a, b), or(c, d)), 0x3f) {
                count := 0
            }
        }
    }

    /// @dev The value of each character, 0xff for those that have none.
    function _values() private pure returns (bytes memory values) {
        bytes memory alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        values = new bytes(256);
        for (uint256 i; i < 256; i += 32) {
            assembly ("memory-safe") {
                mstore(add(add(values, 0x20), i), not(0))
            }
        }
        for (uint256 i; i < 64; ++i) {
            values[uint8(alphabet[i])] = bytes1(uint8(i)); // below 64
        }
    }
}
