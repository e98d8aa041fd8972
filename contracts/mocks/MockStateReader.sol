// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {SunsetState} from "../bridge/SunsetState.sol";
import {ScaleDecoder} from "../cryptography/ScaleDecoder.sol";
import {SubstrateTrie} from "../cryptography/SubstrateTrie.sol";
import {XxHash64} from "../cryptography/XxHash64.sol";

/// @title Opens the state-reading libraries to tests
contract MockStateReader {
    function read(bytes32 root, bytes calldata key, bytes calldata proof) external view returns (bool, bytes memory) {
        return SubstrateTrie.read(root, key, proof);
    }

    /// @notice How many of many proofs are found; each is tried against the same root and key.
    function countFound(bytes32 root, bytes calldata key, bytes[] calldata proofs) external view returns (uint256 n) {
        for (uint256 i; i < proofs.length; ++i) {
            (bool found, ) = SubstrateTrie.read(root, key, proofs[i]);
            if (found) ++n;
        }
    }

    function nativeBalance(bytes32 root, bytes32 account, bytes calldata proof) external view returns (bool, uint256) {
        return SunsetState.nativeBalance(root, account, proof);
    }

    /// @notice Execution gas of reading a balance: key derivation, proof and decoding.
    function measureNativeBalance(
        bytes32 root,
        bytes32 account,
        bytes calldata proof
    ) external view returns (uint256 balance, uint256 gasUsed) {
        uint256 before = gasleft();
        (, balance) = SunsetState.nativeBalance(root, account, proof);
        gasUsed = before - gasleft();
    }

    function systemAccountKey(bytes32 account) external view returns (bytes memory) {
        return SunsetState.systemAccountKey(account);
    }

    function proxiesKey(bytes32 account) external pure returns (bytes memory) {
        return SunsetState.proxiesKey(account);
    }

    function twox64(bytes32 input) external pure returns (bytes8) {
        return XxHash64.twox64(input);
    }

    function compactLength(bytes calldata data) external pure returns (uint256 length, uint256 used) {
        uint256 position;
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            position := data.offset
        }
        (length, used) = ScaleDecoder.compactLength(position);
        used -= position;
    }

    function littleEndian(bytes calldata data) external pure returns (uint256, uint256, uint256) {
        uint256 position;
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            position := data.offset
        }
        return (ScaleDecoder.u32(position), ScaleDecoder.u64(position), ScaleDecoder.u128(position));
    }
}
