// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {FIELD_PRIME} from "./Curve25519Constants.sol";
import {FIELD_PRIME_AT, FOUR_COPIES_AT, LANE_MASK_AT, WORKSPACE_END, WORKSPACE_START} from "./WorkspaceLayout.sol";

/// @title The stretch of memory with fixed addresses that this folder's libraries work in
library Workspace {
    /// @notice Thrown when memory that Solidity has allocated already reaches into the workspace.
    /// @param allocatedEnd First free byte.
    error WorkspaceTaken(uint256 allocatedEnd);

    /// @notice Takes the workspace, so that Solidity allocates above it from here on, and writes its constants.
    /// @dev To be called before memory is allocated, once a call: a second claim reverts, because what the first
    /// one's owner left there may still be wanted. Whether it can revert depends on the calling code only, never
    /// on its input, so long as that code allocates nothing of a caller's size before.
    function claim() internal pure {
        uint256 allocatedEnd;
        // Memory-safe: an allocation, made by moving the pointer to free memory forward.
        assembly ("memory-safe") {
            allocatedEnd := mload(0x40)
        }
        require(allocatedEnd <= WORKSPACE_START, WorkspaceTaken(allocatedEnd));
        assembly ("memory-safe") {
            mstore(0x40, WORKSPACE_END)
            mstore(FIELD_PRIME_AT, FIELD_PRIME)
            mstore(LANE_MASK_AT, 0xffffffffffffffff)
            mstore(FOUR_COPIES_AT, 0x0000000000000001000000000000000100000000000000010000000000000001)
        }
    }
}
