// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title An ERC-20 that calls someone on every transfer, keeps the answer, and goes on
contract MockCallbackToken is ERC20 {
    address public target;
    bytes public callData;
    bool public callSucceeded;
    bytes public callAnswer;

    constructor() ERC20("Callback", "CALL") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setCall(address target_, bytes calldata data) external {
        target = target_;
        callData = data;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (target != address(0)) (callSucceeded, callAnswer) = target.call(callData);
    }
}
