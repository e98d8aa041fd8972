// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AppBootInfo} from "./AppBootInfo.sol";

/// @title The question that dstack asks before it lets an app boot
/// @notice ERC-165 id 0x1e079198. dstack's own interface, to the letter.
interface IAppAuth {
    /// @notice Whether a guest may have the keys of its app.
    /// @return isAllowed Whether it may
    /// @return reason For people, why not; empty where it may
    function isAppAllowed(AppBootInfo calldata bootInfo) external view returns (bool isAllowed, string memory reason);
}
