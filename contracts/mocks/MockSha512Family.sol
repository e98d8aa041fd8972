// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Sha384} from "../cryptography/Sha384.sol";
import {Sha512} from "../cryptography/Sha512.sol";

/// @title SHA-384 and SHA-512, for calls from outside
contract MockSha512Family {
    function sha384(bytes calldata message) external pure returns (bytes32 head, bytes16 tail) {
        return Sha384.hash(message);
    }

    function sha512(bytes calldata message) external pure returns (bytes32 head, bytes32 tail) {
        return Sha512.hash(message);
    }

    /// @notice Digests of every prefix of the message from `first` to `last` bytes.
    function sha384OfPrefixes(
        bytes calldata message,
        uint256 first,
        uint256 last
    ) external pure returns (bytes32[] memory heads, bytes16[] memory tails) {
        heads = new bytes32[](last - first + 1);
        tails = new bytes16[](last - first + 1);
        for (uint256 i = 0; i < heads.length; ++i) (heads[i], tails[i]) = Sha384.hash(message[:first + i]);
    }

    function gasOfSha384(bytes memory message) external view returns (uint256 used) {
        used = gasleft();
        Sha384.hash(message);
        used -= gasleft();
    }
}
