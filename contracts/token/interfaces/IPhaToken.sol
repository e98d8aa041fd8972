// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title What a holder of PHA can rely on, on its home chain and on the L2
/// @notice ERC-20, approvals by signature (ERC-2612) and votes (ERC-5805) counted on a timestamp clock (ERC-6372).
/// @dev Votes count only once delegated, to oneself or to another. No address can pause, freeze or seize PHA.
interface IPhaToken is IERC20Metadata, IERC20Permit, IERC5805 {
    /// @notice The most PHA that can exist on this chain: 1,000,000,000 with 18 decimals.
    /// @dev A mint above it reverts with `ERC20ExceededSafeSupply(increasedSupply, cap)`.
    function MAX_SUPPLY() external view returns (uint256);
}
