// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {RedemptionRules} from "./RedemptionRules.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {IStakePool} from "../../../contracts/staking/interfaces/IStakePool.sol";
import {IStakePoolFactory} from "../../../contracts/staking/interfaces/IStakePoolFactory.sol";

/// @title The standards' rules for a stake pool
contract StakePoolRules is RedemptionRules {
    IStakePool private _pool;

    function setUp() external {
        _deployStaking();
        for (uint256 module = 0; module < 3; ++module)
            factory.setModule(IStakePoolFactory.Module(module), address(this));
        _pool = _createPool(_account("operator", 0), 0);
        token.approve(address(_pool), type(uint256).max);
        _prepare(_pool);
    }

    /// @dev A stranger's stake, a reward that has dripped in part, a slash, and a request of another.
    function _history(uint256 seed) internal override {
        uint256 stake = bounded(seed, MIN_DEPOSIT, 1_000_000 * PHA);
        uint256 shares = _pool.deposit(stake, address(this));
        if (seed % 2 == 0) _pool.reward((seed >> 8) % (1_000 * PHA));
        VM.warp(VM.getBlockTimestamp() + ((seed >> 16) % (2 * DAY)));
        if (seed % 3 == 0) _pool.requestRedeem(bounded(seed >> 24, 1, shares), address(this), address(this));
        IPoolRecords.Books memory books = _pool.books();
        // Up to all but a hundred-millionth: the generation stays open.
        uint256 most_ = (books.active + books.atExit) - (books.active + books.atExit) / 1e8;
        if (seed % 5 < 3) _pool.slash(bounded(seed >> 32, 0, most_));
    }

    function _mature() internal override {
        VM.warp(VM.getBlockTimestamp() + 8 * DAY);
    }

    function _ruin() internal override {
        _pool.slash(type(uint256).max);
    }

    function _requestIdOf(address controller) internal pure override returns (uint256) {
        return uint256(uint160(controller)) << 48; // the first of its requests
    }
}
