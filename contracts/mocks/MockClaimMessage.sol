// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ClaimMessage} from "../bridge/ClaimMessage.sol";

/// @title Makes the ClaimMessage library callable, for any bridge on any chain
contract MockClaimMessage {
    function sentence(
        address recipient,
        bool intoVault,
        bool wrapped,
        address bridge,
        uint256 chainId
    ) external pure returns (bytes memory) {
        return ClaimMessage.sentence(recipient, intoVault, wrapped, ClaimMessage.ending(bridge, chainId));
    }
}
