// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {PhaERC20} from "./PhaERC20.sol";

/// @title PHA on its home chain
/// @notice The whole supply is minted here, once. There is no mint, no owner and no pause.
contract PhaToken is PhaERC20 {
    /// @param recipient Receives all 1,000,000,000 PHA.
    constructor(address recipient) {
        _mint(recipient, MAX_SUPPLY);
    }
}
