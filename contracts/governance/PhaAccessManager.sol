// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title The one place where permissions of the suite stand
/// @notice Role × function × delay, for every contract that names this one as its authority.
contract PhaAccessManager is AccessManager {
    /// @param initialAdmin Holds the admin role until deployment ends; its last step hands the role to the timelock.
    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
