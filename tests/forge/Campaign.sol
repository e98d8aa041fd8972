// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Checked} from "./Checked.sol";

/// @title An invariant test with one handler
/// @dev forge asks these functions which steps to draw from.
abstract contract Campaign is Checked {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address private _handlerAddress;
    bytes4[] private _actions;

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = _handlerAddress;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(_handlerAddress, _actions);
    }

    function _target(address handler, bytes4[] memory actions) internal {
        (_handlerAddress, _actions) = (handler, actions);
    }
}
