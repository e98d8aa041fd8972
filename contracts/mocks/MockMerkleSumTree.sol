// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {MerkleSumTree} from "../bridge/MerkleSumTree.sol";

/// @title Makes the MerkleSumTree library callable
contract MockMerkleSumTree {
    function rootOf(
        bytes32 account,
        uint128 free,
        uint128 staked,
        uint256 index,
        bytes calldata proof
    ) external pure returns (bytes32 root, uint256 total) {
        return MerkleSumTree.rootOf(account, free, staked, index, proof);
    }
}
