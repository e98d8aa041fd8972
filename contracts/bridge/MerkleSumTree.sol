// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Proofs of a leaf in a Merkle-sum tree of account balances
/// @notice Every node commits to the sums of both children, so a root and its total bound what all leaves add up to.
/// Leaf: keccak256(account ‖ free ‖ staked), 64 bytes, sum = free + staked. Node: keccak256(left hash ‖ right hash ‖
/// left sum ‖ right sum), 96 bytes, sum = left + right. Sums are 16 bytes, big-endian. The two lengths keep a node from
/// being read as a leaf. An odd level is completed with an empty node: hash 0, sum 0.
library MerkleSumTree {
    /// @notice Thrown when a proof is not a whole number of levels.
    error ProofLengthInvalid(uint256 length);

    /// @notice Thrown when an index does not exist in a tree with as many levels as the proof has.
    error IndexOutsideTree(uint256 index, uint256 levels);

    /// @dev Sibling hash (32) and sibling sum (16).
    uint256 private constant LEVEL_BYTES = 48;

    /// @notice The root and the total that follow from a leaf and its proof. The caller compares **both**.
    /// @param index Place of the leaf; bit i says that the node of level i is a right child.
    /// @param proof 48 bytes for each level, from the leaf up: sibling hash ‖ sibling sum.
    function rootOf(
        bytes32 account,
        uint128 free,
        uint128 staked,
        uint256 index,
        bytes calldata proof
    ) internal pure returns (bytes32 root, uint256 total) {
        uint256 levels = proof.length / LEVEL_BYTES;
        require(proof.length == levels * LEVEL_BYTES, ProofLengthInvalid(proof.length));
        // Unused bits of the index would be a second name for the same leaf.
        require(index >> levels == 0, IndexOutsideTree(index, levels));

        root = keccak256(abi.encodePacked(account, free, staked));
        total = uint256(free) + staked;

        // Memory-safe: 96 bytes past the free pointer, not kept. The reads stay inside `proof`, whose length was checked.
        // `total` is never masked and only grows (by under 2^128 a level, so it cannot wrap), hence a sum that does not
        // fit the 16 bytes it has in the hashed node cannot come back to a total of 16 bytes at the root.
        assembly ("memory-safe") {
            let left := mload(0x40)
            let sums := add(left, 64)
            let cursor := proof.offset
            for {
                let end := add(cursor, proof.length)
            } lt(cursor, end) {
                cursor := add(cursor, LEVEL_BYTES)
            } {
                let siblingSum := shr(128, calldataload(add(cursor, 32)))
                let isRight := and(index, 1)
                let side := shl(5, isRight)
                mstore(add(left, side), root)
                mstore(add(left, xor(side, 32)), calldataload(cursor))
                switch isRight
                case 0 {
                    mstore(sums, or(shl(128, total), siblingSum))
                }
                default {
                    mstore(sums, or(shl(128, siblingSum), total))
                }
                root := keccak256(left, 96)
                total := add(total, siblingSum)
                index := shr(1, index)
            }
        }
    }
}
