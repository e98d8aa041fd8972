// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {PoolLedger} from "./PoolLedger.sol";
import {IPoolDelegation} from "./interfaces/IPoolDelegation.sol";

/// @title A pool's shares: ERC-20 whose balances belong to a generation
/// @dev OpenZeppelin's ERC20 keeps balances and supply in slots of their own, private; here an account's balance shares its
/// slot with the range of its requests, and the supply with the active stake, which a deposit or a request writes anyway.
abstract contract PoolShares is PoolLedger, IPoolDelegation {
    using Strings for uint256;

    /// @inheritdoc IERC20
    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    /// @inheritdoc IERC20
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        _spendAllowance(from, msg.sender, value);
        _transfer(from, to, value);
        return true;
    }

    /// @inheritdoc IERC20
    function approve(address spender, uint256 value) external returns (bool) {
        require(spender != address(0), ERC20InvalidSpender(spender));
        _allowances[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    /// @inheritdoc IERC20
    function totalSupply() external view returns (uint256) {
        return _totals.supply;
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) external view returns (uint256) {
        Account memory held = _accounts[account];
        return held.generation == _totals.generation ? held.balance : 0;
    }

    /// @inheritdoc IERC20
    function allowance(address owner, address spender) external view returns (uint256) {
        return _allowances[owner][spender];
    }

    /// @inheritdoc IERC20Metadata
    function name() external view returns (string memory) {
        return string.concat("Staked PHA, pool ", uint256(_poolId).toString());
    }

    /// @inheritdoc IERC20Metadata
    function symbol() external view returns (string memory) {
        return string.concat("sPHA-", uint256(_poolId).toString());
    }

    /// @notice PHA's 18 and the three of the virtual shares.
    /// @inheritdoc IERC20Metadata
    function decimals() external pure returns (uint8) {
        return 21;
    }

    /// @dev Takes from the supply and from the account in memory; the caller stores both.
    function _burn(address from, Account memory held, uint256 shares, Totals memory totals) internal {
        require(held.balance >= shares, ERC20InsufficientBalance(from, held.balance, shares));
        held.balance -= uint144(shares); // just compared
        totals.supply -= uint112(shares); // a part of it
        emit Transfer(from, address(0), shares);
    }

    function _spendAllowance(address owner, address spender, uint256 value) internal {
        uint256 allowed = _allowances[owner][spender];
        if (allowed == type(uint256).max) return;
        require(allowed >= value, ERC20InsufficientAllowance(spender, allowed, value));
        _allowances[owner][spender] = allowed - value;
    }

    function _transfer(address from, address to, uint256 value) private {
        require(to != address(0), ERC20InvalidReceiver(to));
        uint16 generation = _totals.generation;
        Account memory sender = _accountIn(from, generation);
        require(sender.balance >= value, ERC20InsufficientBalance(from, sender.balance, value));
        sender.balance -= uint144(value); // just compared
        _accounts[from] = sender;
        // Read after the sender was stored: they may be the same.
        Account memory receiver = _accountIn(to, generation);
        receiver.balance += uint144(value); // under the supply
        _accounts[to] = receiver;
        emit Transfer(from, to, value);
    }
}
