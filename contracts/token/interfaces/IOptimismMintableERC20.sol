// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title What the OP stack's standard bridge asks of a token it mints
/// @notice The bridge looks for ERC-165 id `0xec4fc8e3` and compares `remoteToken()` with the other chain's token.
interface IOptimismMintableERC20 is IERC165 {
    /// @notice The token on the other chain that this one stands for.
    function remoteToken() external view returns (address);

    /// @notice The bridge contract on this chain that mints and burns.
    function bridge() external view returns (address);

    /// @notice Creates `amount` for `to`. Only the bridge may call.
    function mint(address to, uint256 amount) external;

    /// @notice Destroys `amount` of `from`. Only the bridge may call; it does so for `from`'s own withdrawal.
    function burn(address from, uint256 amount) external;
}
