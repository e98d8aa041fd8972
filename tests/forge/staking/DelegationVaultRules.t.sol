// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {RedemptionRules} from "./RedemptionRules.sol";
import {IDelegationVault} from "../../../contracts/staking/interfaces/IDelegationVault.sol";
import {IPoolDelegation} from "../../../contracts/staking/interfaces/IPoolDelegation.sol";
import {IPoolRecords} from "../../../contracts/staking/interfaces/IPoolRecords.sol";
import {IStakePool} from "../../../contracts/staking/interfaces/IStakePool.sol";
import {IStakePoolFactory} from "../../../contracts/staking/interfaces/IStakePoolFactory.sol";

/// @title The standards' rules for a delegation vault over two pools
contract DelegationVaultRules is RedemptionRules {
    IDelegationVault private _vault;
    IStakePool[2] private _pools;

    function setUp() external {
        _deployStaking();
        for (uint256 module = 0; module < 3; ++module)
            factory.setModule(IStakePoolFactory.Module(module), address(this));
        _vault = _deployVault(address(0xFEE));
        for (uint256 p = 0; p < 2; ++p) {
            _pools[p] = _createPool(_account("operator", p), 0);
            token.approve(address(_pools[p]), type(uint256).max);
            _vault.setPool(address(_pools[p]), type(uint96).max);
        }
        token.approve(address(_vault), type(uint256).max);
        _vault.setFee(1_000);
        VM.warp(BEGINNING + 60 days); // the fee's notice is over
        _prepare(IPoolDelegation(address(_vault)));
    }

    /// @dev A stranger's stake in both pools, rewards with a fee on them, a slash of one, and a request of another.
    function _history(uint256 seed) internal override {
        uint256 stake = bounded(seed, 100 * MIN_DEPOSIT, 1_000_000 * PHA);
        uint256 shares = _vault.deposit(stake, address(this));
        _vault.delegateTo(address(_pools[0]), stake / 2);
        _vault.delegateTo(address(_pools[1]), stake / 4);
        if (seed % 2 == 0) _pools[0].reward((seed >> 8) % (1_000 * PHA));
        VM.warp(VM.getBlockTimestamp() + DAY + ((seed >> 16) % DAY)); // all has dripped: nobody earns while they wait
        if (seed % 3 == 0) _vault.requestRedeem(bounded(seed >> 24, 1, shares), address(this), address(this));
        IPoolRecords.Books memory books = _pools[0].books();
        if (seed % 5 < 3) _pools[0].slash(bounded(seed >> 32, 0, books.active));
    }

    /// @dev Called back from the pools, waited for, collected and filled. What a pool pays is rounded down, so that after heavy
    /// losses a wei may be wanting for the last request: then it is called back as well.
    function _mature() internal override {
        for (uint256 turn = 0; turn < 4; ++turn) {
            for (uint256 p = 0; p < 2; ++p) {
                try _vault.recall(address(_pools[p])) {} catch {}
            }
            VM.warp(VM.getBlockTimestamp() + 8 * DAY);
            for (uint256 p = 0; p < 2; ++p) _vault.collect(address(_pools[p]));
            _vault.fill(100);
            (, , uint256 waiting) = _vault.queue();
            if (waiting == 0) return;
        }
    }

    /// @dev Idle PHA that requests wait for can't be staked, so these are paid first.
    function _ruin() internal override {
        _mature();
        (, , uint256 idle, ) = _vault.valuation();
        if (idle != 0) _vault.delegateTo(address(_pools[1]), idle);
        for (uint256 p = 0; p < 2; ++p) _pools[p].slash(type(uint256).max);
    }

    function _requestIdOf(address) internal pure override returns (uint256) {
        return 0;
    }
}
