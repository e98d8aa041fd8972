// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IClaimVault} from "../bridge/interfaces/IClaimVault.sol";

/// @title A vault at two shares for each PHA, which can be told to misbehave
contract MockVault is IClaimVault {
    IERC20 public immutable ASSET;

    mapping(address receiver => uint256) public sharesOf;
    /// @notice Left untaken of every deposit.
    uint256 public withheld;
    /// @notice Given no shares when true.
    bool public stingy;
    /// @notice Called, and its failure ignored, within every deposit.
    address public target;
    bytes public callData;
    bool public callSucceeded;
    bytes public callAnswer;
    /// @notice Bytes of zeros that every deposit reverts with.
    uint256 public bombBytes;

    constructor(IERC20 asset) {
        ASSET = asset;
    }

    function setWithheld(uint256 amount) external {
        withheld = amount;
    }

    function setStingy(bool value) external {
        stingy = value;
    }

    function setCall(address target_, bytes calldata data) external {
        target = target_;
        callData = data;
    }

    function setBomb(uint256 size) external {
        bombBytes = size;
    }

    function deposit(uint256 assets, address receiver) external returns (uint256 shares) {
        uint256 size = bombBytes;
        if (size != 0) {
            assembly ("memory-safe") {
                revert(mload(0x40), size)
            }
        }
        if (target != address(0)) (callSucceeded, callAnswer) = target.call(callData);
        ASSET.transferFrom(msg.sender, address(this), assets - withheld);
        if (stingy) return 0;
        shares = assets * 2;
        sharesOf[receiver] += shares;
    }
}
