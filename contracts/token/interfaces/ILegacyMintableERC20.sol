// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title The OP stack's first mintable-token interface, which bridges and explorers still ask for
/// @notice ERC-165 id `0x1d1d8b63`.
interface ILegacyMintableERC20 is IERC165 {
    /// @notice The token on the other chain; the same as `remoteToken()`.
    function l1Token() external view returns (address);

    /// @notice See `IOptimismMintableERC20.mint`.
    function mint(address to, uint256 amount) external;

    /// @notice See `IOptimismMintableERC20.burn`.
    function burn(address from, uint256 amount) external;
}
