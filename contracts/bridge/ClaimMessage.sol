// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title The sentence a holder signs
/// @notice `PHA to 0x<recipient> by 0x<bridge> on <chain id>`: ASCII, hexadecimal in lower case, chain id in decimal.
/// The opening words bind what is asked for, so a signature for one kind of payment is none for another.
library ClaimMessage {
    /// @notice Thrown when a chain id has more digits than the sentence has room for.
    error ChainIdTooLong(uint256 chainId);

    /// @notice ` by 0x<bridge> on <chain id>`: the same for every claim of one bridge.
    /// @param head The first 32 bytes.
    /// @param tail The rest, filled up with zeros.
    /// @param length Bytes in all.
    struct Ending {
        bytes32 head;
        bytes32 tail;
        uint256 length;
    }

    /// @notice Opening words when everything is paid in PHA.
    bytes32 internal constant LIQUID = "PHA to 0x";
    uint256 internal constant LIQUID_LENGTH = 9;

    /// @notice Opening words when the staked part goes into the delegation vault.
    bytes32 internal constant VAULT = "vPHA to 0x";
    uint256 internal constant VAULT_LENGTH = 10;

    /// @notice Opening words when only the native balance is asked for, by a storage proof.
    bytes32 internal constant NATIVE = "native PHA to 0x";
    uint256 internal constant NATIVE_LENGTH = 16;

    /// @notice The ending for `bridge` on `chainId`.
    function ending(address bridge, uint256 chainId) internal pure returns (Ending memory) {
        bytes memory text = bytes.concat(
            " by ",
            bytes(Strings.toHexString(bridge)),
            " on ",
            bytes(Strings.toString(chainId))
        );
        require(text.length <= 64, ChainIdTooLong(chainId));
        bytes32 head;
        bytes32 tail;
        uint256 length = text.length;
        // Memory-safe: reads only. The text has over 32 bytes; what the second word reads past its end is cleared below.
        assembly ("memory-safe") {
            head := mload(add(text, 32))
            tail := mload(add(text, 64))
        }
        uint256 unused = 8 * (64 - length);
        return Ending({head: head, tail: bytes32((uint256(tail) >> unused) << unused), length: length});
    }

    /// @notice The whole sentence for a leaf of the tree.
    /// @param intoVault Chooses the opening words.
    /// @param wrapped True adds `<Bytes>` and `</Bytes>`, as wallets do before they sign raw bytes.
    function sentence(
        address recipient,
        bool intoVault,
        bool wrapped,
        Ending memory last
    ) internal pure returns (bytes memory message) {
        return
            intoVault
                ? _compose(VAULT, VAULT_LENGTH, recipient, wrapped, last)
                : _compose(LIQUID, LIQUID_LENGTH, recipient, wrapped, last);
    }

    /// @notice The whole sentence for a native balance.
    function nativeSentence(
        address recipient,
        bool wrapped,
        Ending memory last
    ) internal pure returns (bytes memory message) {
        return _compose(NATIVE, NATIVE_LENGTH, recipient, wrapped, last);
    }

    function _compose(
        bytes32 opening,
        uint256 openingLength,
        address recipient,
        bool wrapped,
        Ending memory last
    ) private pure returns (bytes memory message) {
        // The address as 40 hexadecimal digits: 32 in one word, 8 at the start of another.
        uint256 digits = uint256(uint160(recipient));
        uint256 digitsHead = hexadecimal(digits >> 32);
        uint256 digitsTail = hexadecimal(digits & 0xffffffff) << 192;

        // Memory-safe: the message is allocated at the free pointer. Pieces are written in order, each as whole words
        // whose surplus the next piece overwrites; the last surplus lies in free memory and past `length`.
        assembly ("memory-safe") {
            message := mload(0x40)
            let cursor := add(message, 32)
            if wrapped {
                mstore(cursor, "<Bytes>")
                cursor := add(cursor, 7)
            }
            mstore(cursor, opening)
            cursor := add(cursor, openingLength)
            mstore(cursor, digitsHead)
            mstore(add(cursor, 32), digitsTail)
            cursor := add(cursor, 40)
            mstore(cursor, mload(last))
            mstore(add(cursor, 32), mload(add(last, 32)))
            cursor := add(cursor, mload(add(last, 64)))
            if wrapped {
                mstore(cursor, "</Bytes>")
                cursor := add(cursor, 8)
            }
            mstore(message, sub(cursor, add(message, 32)))
            mstore(0x40, and(add(cursor, 31), not(31)))
        }
    }

    /// @dev The 32 hexadecimal digits of a number below 2^128, in ASCII, all at once: the nibbles are spread to a byte
    /// each by halving the distance five times, then every byte gets `0`, and those from ten on 39 more, which is `a`.
    function hexadecimal(uint256 value) internal pure returns (uint256 spread) {
        // Unchecked: no byte of the sums below ever carries into its neighbour (15 + 6, and 15 + 48 + 39, are < 256).
        unchecked {
            spread = (value | (value << 64)) & 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
            spread = (spread | (spread << 32)) & 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
            spread = (spread | (spread << 16)) & 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
            spread = (spread | (spread << 8)) & 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
            spread = (spread | (spread << 4)) & 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
            uint256 ones = 0x0101010101010101010101010101010101010101010101010101010101010101;
            uint256 letters = ((spread + 6 * ones) >> 4) & ones;
            spread += 0x30 * ones + 39 * letters;
        }
    }
}
