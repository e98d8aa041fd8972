// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DstackBoot} from "./DstackBoot.sol";

/// @title The code identity of a dstack guest, by which the registry's policy accepts it
library DstackIdentity {
    bytes private constant DOMAIN = "pha.identity.dstack.v1";

    /// @notice SHA-256(domain ‖ mrSystem ‖ composeHash ‖ appId): firmware, kernel, image and key provider; what the app runs;
    /// whose app it is. Not the instance, so that all instances of an app have one identity.
    function derive(DstackBoot memory boot) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(DOMAIN, boot.mrSystem, boot.composeHash, boot.appId));
    }
}
