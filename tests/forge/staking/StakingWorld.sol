// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Checked} from "../Checked.sol";
import {IDelegationVault} from "../../../contracts/staking/interfaces/IDelegationVault.sol";
import {IOperatorBond} from "../../../contracts/staking/interfaces/IOperatorBond.sol";
import {IRedelegation} from "../../../contracts/staking/interfaces/IRedelegation.sol";
import {ISlashGround} from "../../../contracts/staking/interfaces/ISlashGround.sol";
import {ISlashManager} from "../../../contracts/staking/interfaces/ISlashManager.sol";
import {IStakePool} from "../../../contracts/staking/interfaces/IStakePool.sol";
import {IStakePoolFactory} from "../../../contracts/staking/interfaces/IStakePoolFactory.sol";
import {IStakingParameters} from "../../../contracts/staking/interfaces/IStakingParameters.sol";

/// @title Staking as it is deployed, with this contract for governance
abstract contract StakingWorld is Checked {
    uint256 internal constant PHA = 1e18;
    uint256 internal constant DAY = 86_400;
    uint256 internal constant BPS = 10_000;
    /// @dev Noon of a day in 2026: no step falls on midnight by chance.
    uint256 internal constant BEGINNING = 20_500 * DAY + DAY / 2;
    address internal constant TREASURY = address(0x7EA5);

    // The parameters' defaults, as the README of staking has them.
    uint256 internal constant MIN_DEPOSIT = 0.01e18;
    uint256 internal constant EXIT_DAYS = 7;
    uint256 internal constant GRACE_DAYS = 7;
    uint256 internal constant NOTICE_DAYS = 28;
    uint256 internal constant CHALLENGE_SECONDS = 3 days;
    uint256 internal constant RESOLUTION_SECONDS = 7 days;
    uint256 internal constant EXECUTION_SECONDS = 7 days;
    /// @dev A pool's shares are reckoned with so many more, and its assets with one wei more.
    uint256 internal constant VIRTUAL = 1000;
    uint256 internal constant FACTOR_ONE = 1 << 111;

    IERC20 public token;
    address public authority;
    IStakingParameters public parameters;
    IStakePoolFactory public factory;
    IOperatorBond public bond;
    ISlashManager public slashManager;
    ISlashGround public ground;
    IRedelegation public redelegation;

    function _deployStaking() internal {
        VM.warp(BEGINNING);
        token = IERC20(VM.deployCode("PhaToken.sol:PhaToken", abi.encode(address(this))));
        authority = VM.deployCode("PhaAccessManager.sol:PhaAccessManager", abi.encode(address(this)));
        parameters = IStakingParameters(
            VM.deployCode("StakingParameters.sol:StakingParameters", abi.encode(authority, _stakingValues()))
        );
        factory = IStakePoolFactory(
            VM.deployCode("StakePoolFactory.sol:StakePoolFactory", abi.encode(authority, token, parameters))
        );
        bond = IOperatorBond(VM.deployCode("OperatorBond.sol:OperatorBond", abi.encode(token, factory, parameters)));
        slashManager = ISlashManager(
            VM.deployCode(
                "SlashManager.sol:SlashManager",
                abi.encode(authority, token, factory, parameters, bond, TREASURY)
            )
        );
        ground = ISlashGround(VM.deployCode("MockSlashGround.sol:MockSlashGround", ""));
        slashManager.setGround(ground, true);
        factory.setModule(IStakePoolFactory.Module.SlashManager, address(slashManager));
        redelegation = IRedelegation(VM.deployCode("Redelegation.sol:Redelegation", abi.encode(factory, token)));
        factory.setModule(IStakePoolFactory.Module.Redelegation, address(redelegation));
    }

    function _createPool(address operator, uint16 commissionBps) internal returns (IStakePool pool) {
        VM.prank(operator);
        pool = factory.createPool(commissionBps);
    }

    /// @dev A vault over pools of this factory, its fee's shares for `recipient`.
    function _deployVault(address recipient) internal returns (IDelegationVault) {
        address operations = VM.deployCode(
            "VaultOperations.sol:VaultOperations",
            abi.encode(authority, token, factory, parameters, bond)
        );
        return
            IDelegationVault(
                VM.deployCode(
                    "DelegationVault.sol:DelegationVault",
                    abi.encode(authority, token, factory, parameters, bond, recipient, operations)
                )
            );
    }

    function _account(string memory name, uint256 number) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(name, number)))));
    }

    /// @dev In the order of the contract's enum.
    function _stakingValues() private pure returns (uint256[] memory values) {
        values = new uint256[](17);
        (values[0], values[1], values[2], values[3]) = (MIN_DEPOSIT, EXIT_DAYS, GRACE_DAYS, 7);
        (values[4], values[5], values[6]) = (NOTICE_DAYS, 5_000, 1 days);
        (values[7], values[8], values[9]) = (CHALLENGE_SECONDS, RESOLUTION_SECONDS, EXECUTION_SECONDS);
        values[10] = 7 days;
        (values[11], values[12], values[13], values[14]) = (10, 100, 1_000, 10_000);
        (values[15], values[16]) = (500, 2_500); // a part burned, so that both ways of the proceeds are taken
    }
}
