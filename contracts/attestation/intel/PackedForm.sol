// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Memory in which the readers of Intel's texts put together what is kept of them
library PackedForm {
    /// @notice New memory for the packed form of a text: every part takes fewer bytes packed than in the text, names
    /// behind a list's brackets included. The word in front of it is free too, see {DataBlob-write}.
    function allocate(uint256 textLength) internal pure returns (uint256 start) {
        bytes memory room = new bytes(textLength + 128);
        assembly ("memory-safe") {
            start := add(room, 0x40)
        }
    }

    /// @notice Put one byte at an address.
    function storeByte(uint256 position, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore8(position, value)
        }
    }

    /// @notice Put two bytes at an address, the upper one first.
    function storeShort(uint256 position, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore8(position, shr(8, value))
            mstore8(add(position, 1), value)
        }
    }

    /// @notice Put a word at an address. What is shorter is overwritten behind by what follows it.
    function store(uint256 position, bytes32 value) internal pure {
        assembly ("memory-safe") {
            mstore(position, value)
        }
    }
}
