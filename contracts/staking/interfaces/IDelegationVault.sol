// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

import {IStakedVotes} from "../../governance/interfaces/IStakedVotes.sol";
import {IVaultDelegation} from "./IVaultDelegation.sol";
import {IVaultOperations} from "./IVaultOperations.sol";

/// @title vPHA: PHA spread over stake pools, with its vote
/// @notice In by ERC-4626, out by ERC-7540. A controller's requests are one (id 0) and are filled first in, first out, at the price
/// of that moment, `exitDays` after they were made at the earliest; until then they earn and are slashed like all shares.
///
/// Traps: `totalAssets` and what leavers are paid have slashes cut off that are claimed and not yet executed; what a deposit
/// pays for a share has not. A depositor therefore shares in a loss that is already claimed; `valuation` shows it. Shares
/// carry votes as delegated, requested shares carry none. The price that votes count at is the one last recorded.
///
/// Trusted: the access manager's roles, for the list of pools, where the PHA goes among them, and the fee within its notice.
///
/// `DelegationVault` holds the delegators' half; it hands every other call to `VaultOperations`, in its own storage, because
/// one contract's size does not hold both.
interface IDelegationVault is IVaultDelegation, IVaultOperations, IStakedVotes, IERC20Permit, IERC5805 {}
