// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Bytes kept as the code of a contract that can do nothing
/// @notice Code costs 200 gas a byte to write against 690 for storage, and a whole blob is read for one account
/// access. The code begins with STOP, so a call to it does nothing, and it can't change or destroy itself.
library DataBlob {
    /// @notice Thrown when a blob is larger than code may be.
    error BlobTooLarge(uint256 length);

    /// @notice Thrown when the chain did not create the blob, for want of gas.
    error BlobNotWritten();

    /// @notice The most that fits (EIP-170, less the STOP).
    uint256 internal constant MAX_LENGTH = 24_575;

    /// @dev Init code: copies what follows these 11 bytes and returns it. 0x600b is where it begins, the length is
    /// CODESIZE less that: PUSH1 0b, DUP1, CODESIZE, SUB, DUP1, SWAP2, RETURNDATASIZE, CODECOPY, RETURNDATASIZE,
    /// RETURN. The last byte of the constant is the STOP.
    uint256 private constant INIT_CODE = 0x600b80380380913d393df300;
    uint256 private constant INIT_CODE_LENGTH = 12;

    /// @notice Write the memory [`position`, `position` + `size`). The 32 bytes before it are overwritten
    /// for the while.
    function write(uint256 position, uint256 size) internal returns (address blob) {
        require(size <= MAX_LENGTH, BlobTooLarge(size));
        // The init code goes directly in front of the data and is taken away again: memory-safe in effect.
        assembly ("memory-safe") {
            let before := sub(position, 0x20)
            let saved := mload(before)
            mstore(before, INIT_CODE)
            blob := create(0, sub(position, INIT_CODE_LENGTH), add(size, INIT_CODE_LENGTH))
            mstore(before, saved)
        }
        require(blob != address(0), BlobNotWritten());
    }

    /// @notice Length of a blob's data.
    function length(address blob) internal view returns (uint256) {
        return blob.code.length - 1;
    }

    /// @notice All of a blob's data, in fresh memory; returns where it begins and its length.
    function read(address blob) internal view returns (uint256 position, uint256 size) {
        size = length(blob);
        assembly ("memory-safe") {
            position := mload(0x40)
            mstore(0x40, add(position, and(add(size, 0x3f), not(0x1f))))
            extcodecopy(blob, position, 1, size)
        }
    }

    /// @notice 32 bytes of a blob from `offset`; zeros past its end.
    function readWord(address blob, uint256 offset) internal view returns (bytes32 value) {
        assembly ("memory-safe") {
            extcodecopy(blob, 0x00, add(offset, 1), 0x20)
            value := mload(0x00)
        }
    }
}
