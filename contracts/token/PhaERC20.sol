// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ERC6372Utils} from "@openzeppelin/contracts/utils/ERC6372Utils.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {IPhaToken} from "./interfaces/IPhaToken.sol";

/// @title The holder's side of PHA, the same on every chain
abstract contract PhaERC20 is ERC20, ERC20Permit, ERC20Votes, IPhaToken {
    /// @inheritdoc IPhaToken
    uint256 public constant MAX_SUPPLY = 1_000_000_000e18;

    constructor() ERC20("Phala", "PHA") ERC20Permit("Phala") {}

    /// @dev Seconds, because L2 block times change and block numbers mean different things on different L2s.
    /// @inheritdoc IERC6372
    function clock() public view override(Votes, IERC6372) returns (uint48) {
        return Time.timestamp();
    }

    /// @inheritdoc IERC6372
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public view override(Votes, IERC6372) returns (string memory) {
        return ERC6372Utils.timestampClockMode(clock);
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(ERC20Permit, IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @dev ERC20Votes checks this bound on every mint.
    function _maxSupply() internal pure override returns (uint256) {
        return MAX_SUPPLY;
    }

    function _update(address from, address to, uint256 value) internal virtual override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
