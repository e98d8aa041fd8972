// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Hashes of this chain's blocks
/// @notice Of the last 256 from the EVM itself, and of the last 8,191 from the history contract of EIP-2935, where there is one.
library BlockHistory {
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant FROM_EVM = 256;

    /// @notice The hash of a block at most `window` blocks back; zero where it can't be told.
    function hashOf(uint256 number, uint256 window) internal view returns (bytes32 hash) {
        if (number >= block.number || block.number - number > window) return 0;
        if (block.number - number <= FROM_EVM) return blockhash(number);
        (bool success, bytes memory answer) = HISTORY.staticcall(abi.encode(number));
        return success && answer.length == 32 ? bytes32(answer) : bytes32(0);
    }
}
