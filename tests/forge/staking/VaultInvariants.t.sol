// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Campaign} from "../Campaign.sol";
import {VaultHandler} from "./VaultHandler.sol";
import {IDelegationVault} from "../../../contracts/staking/interfaces/IDelegationVault.sol";

/// @title S1, S2, S7, S8, S15 and S16 for a vault over two pools
contract VaultInvariants is Campaign {
    VaultHandler private _handler;
    IDelegationVault private _vault;

    function setUp() external {
        _handler = new VaultHandler();
        _vault = _handler.vault();
        _target(address(_handler), _handler.actions());
    }

    function test_the_campaign_reaches_everything() external {
        string[] memory rare = new string[](0);
        _walk(800, 50, rare);
    }

    /// @dev One campaign for all of them: what fails says by its number what it was.
    function invariant_vault() external view {
        _S1_vault_holds_what_it_owes();
        _S2_what_is_claimable_is_put_aside();
        _S15_value_is_idle_and_positions_less_claims();
        _S16_votes_are_what_is_staked();
    }

    function _S1_vault_holds_what_it_owes() private view {
        uint256 held = _handler.token().balanceOf(address(_vault)) - _handler.donated();
        (, , uint256 idle, uint256 owed) = _vault.valuation();
        checkEqual(idle, _handler.idle(), "S1: idle PHA by the flows that were watched");
        checkEqual(owed, _handler.owed(), "S1: owed by the flows that were watched");
        checkAtLeast(held, idle + owed, "S1: a vault holds less than it owes");
        uint256 nobodys = _handler.early() + _leftByGenerations();
        checkAtMost(held, idle + owed + nobodys, "S1: a vault holds PHA that is nobody's");
    }

    /// @dev Dust, of which a part is paid for shares that were given to the vault.
    function _leftByGenerations() private view returns (uint256 left) {
        for (uint256 p = 0; p < 2; ++p) {
            for (uint256 g = 0; g < _handler.pools(p).books().generation; ++g) {
                (uint256 assets, ) = _handler.pools(p).closedGeneration(g);
                left += assets;
            }
        }
    }

    function _S2_what_is_claimable_is_put_aside() private view {
        (, , , uint256 owed) = _vault.valuation();
        (uint256 assets, uint256 pending) = (0, 0);
        for (uint256 i = 0; i < 4; ++i) {
            assets += _vault.maxWithdraw(_handler.person(i));
            pending += _vault.pendingRedeemRequest(0, _handler.person(i));
        }
        checkEqual(assets, owed, "S2: what is claimable");
        (, , uint256 waiting) = _vault.queue();
        checkEqual(pending, waiting, "S13: what waits is what its owners asked for");
        checkEqual(_vault.balanceOf(address(_vault)), waiting, "S13: requested shares are in the vault");
    }

    function _S15_value_is_idle_and_positions_less_claims() private view {
        (uint256 low, uint256 high, , ) = _vault.valuation();
        (uint256 ownLow, uint256 ownHigh) = _handler.value();
        checkEqual(high, ownHigh, "S15: the value without claims");
        checkEqual(low, ownLow, "S15: the value with claims cut off");
        checkEqual(_vault.totalAssets(), ownLow, "S15: totalAssets is the careful end");
    }

    /// @dev Of the last seconds in which anything happened and that are over.
    function _S16_votes_are_what_is_staked() private view {
        VaultHandler.Moment[] memory moments = _handler.moments();
        uint256 checked;
        for (uint256 k = moments.length; k > 0 && checked < 4; --k) {
            VaultHandler.Moment memory moment = moments[k - 1];
            if (moment.time >= block.timestamp) continue;
            ++checked;
            checkEqual(_vault.getPastTotalSupply(moment.time), moment.supply, "S16: the supply of a second");
            uint256 sum;
            for (uint256 i = 0; i < 4; ++i) {
                address person = _handler.person(i);
                checkEqual(_vault.getPastVotes(person, moment.time), moment.votes[i], "S16: the votes of a second");
                uint256 power = _vault.getPastStakedVotes(person, moment.time);
                sum += power;
                if (!moment.isRecorded || moment.supply == 0) continue;
                checkEqual(power, (moment.votes[i] * moment.low) / moment.supply, "S16: PHA for a vote");
            }
            if (moment.isRecorded) checkAtMost(sum, moment.low, "S16: more votes than what is staked");
        }
    }
}
