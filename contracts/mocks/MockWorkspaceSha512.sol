// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {WorkspaceSha512} from "../cryptography/WorkspaceSha512.sol";
import {WorkspaceSha512Compression} from "../cryptography/WorkspaceSha512Compression.sol";
import {Workspace} from "../cryptography/Workspace.sol";
import {SHA512_TAIL} from "../cryptography/WorkspaceLayout.sol";

/// @title Calls into SHA-512
contract MockWorkspaceSha512 {
    function digest(bytes calldata data) external pure returns (bytes32, bytes32) {
        Workspace.claim();
        return WorkspaceSha512.digest(data);
    }

    /// @return Gas of one call of the compression function.
    function compressionGas() external view returns (uint256) {
        Workspace.claim();
        WorkspaceSha512Compression.start();
        uint256 gasBefore = gasleft();
        WorkspaceSha512Compression.compress(SHA512_TAIL);
        return gasBefore - gasleft();
    }
}
