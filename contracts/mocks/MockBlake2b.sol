// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Blake2b} from "../cryptography/Blake2b.sol";

/// @title Makes the Blake2b library callable
contract MockBlake2b {
    function hash256(bytes calldata data) external view returns (bytes32) {
        return Blake2b.hash256(data);
    }

    /// @notice The digest, and whether memory on both sides of the hashed bytes is as it was.
    function hash256AmongOthers(
        bytes calldata before,
        bytes calldata data,
        bytes calldata after_
    ) external view returns (bytes32 digest, bytes memory left, bytes memory middle, bytes memory right) {
        left = before;
        middle = data;
        right = after_;
        digest = Blake2b.hash256(middle);
    }
}
