// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IPoolEarnings} from "../staking/interfaces/IPoolEarnings.sol";

/// @title A ledger of earnings that may overstate what it pays, and call whomever a test says while it is asked
contract MockPoolEarnings is IPoolEarnings {
    using SafeERC20 for IERC20;

    IERC20 private immutable TOKEN;

    mapping(address pool => uint256) public earned;
    uint256 public overstatement;
    address public target;
    bytes public data;
    bool public callSucceeded;
    bytes public callAnswer;

    constructor(IERC20 token) {
        TOKEN = token;
    }

    function earn(address pool, uint256 assets) external {
        earned[pool] += assets;
    }

    function setOverstatement(uint256 assets) external {
        overstatement = assets;
    }

    function setCall(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    /// @inheritdoc IPoolEarnings
    function collect(address pool) external returns (uint256 amount) {
        amount = earned[pool];
        earned[pool] = 0;
        // solhint-disable-next-line avoid-low-level-calls
        if (target != address(0)) (callSucceeded, callAnswer) = target.call(data);
        TOKEN.safeTransfer(msg.sender, amount);
        amount += overstatement;
    }
}
