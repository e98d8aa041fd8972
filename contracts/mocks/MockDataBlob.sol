// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DataBlob} from "../attestation/DataBlob.sol";

/// @title Blobs of data as contract code, callable by tests
contract MockDataBlob {
    /// @notice The blob written last.
    address public last;
    /// @notice Whether writing it left the memory around the data as it was.
    bool public memoryKept;

    /// @notice See {DataBlob-write}.
    function write(bytes memory data) external {
        uint256 position;
        assembly ("memory-safe") {
            position := add(data, 0x20)
        }
        bytes32 before = keccak256(data);
        uint256 size = data.length;
        last = DataBlob.write(position, size);
        memoryKept = data.length == size && keccak256(data) == before;
    }

    /// @notice See {DataBlob-length}.
    function length(address blob) external view returns (uint256) {
        return DataBlob.length(blob);
    }

    /// @notice See {DataBlob-read}. What is allocated next is returned as well: it must be new memory.
    function read(address blob) external view returns (bytes memory data, bytes memory next) {
        (uint256 position, uint256 size) = DataBlob.read(blob);
        next = new bytes(32);
        data = new bytes(size);
        for (uint256 i; i < size; ++i) {
            bytes1 value;
            assembly ("memory-safe") {
                value := mload(add(position, i))
            }
            data[i] = value;
        }
    }

    /// @notice See {DataBlob-readWord}.
    function readWord(address blob, uint256 offset) external view returns (bytes32) {
        return DataBlob.readWord(blob, offset);
    }
}
