// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Sha384} from "../cryptography/Sha384.sol";

/// @title SHA-384, for calls from outside
contract MockSha384 {
    function digest(bytes calldata data) external pure returns (bytes32 head, bytes16 tail) {
        return Sha384.digest(data);
    }

    /// @notice Digests of the data's first `first` to `last` bytes, 48 bytes each, one after another.
    function digestsOfPrefixes(
        bytes calldata data,
        uint256 first,
        uint256 last
    ) external pure returns (bytes memory digests) {
        for (uint256 length = first; length <= last; ++length) {
            (bytes32 head, bytes16 tail) = Sha384.digest(data[:length]);
            digests = abi.encodePacked(digests, head, tail);
        }
    }

    /// @notice Gas that a digest takes, its data being in memory already.
    function gasOfDigest(bytes memory data) external view returns (uint256 used) {
        used = gasleft();
        Sha384.digest(data);
        used -= gasleft();
    }
}
