// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPoolDelegation} from "./IPoolDelegation.sol";
import {IPoolOperations} from "./IPoolOperations.sol";

/// @title Delegators' PHA behind one operator's workers
/// @notice All that a pool answers to. `StakePool` holds the delegators' half; it hands every other call to
/// `PoolOperations`, in its own storage, because one contract's size does not hold both.
///
/// Traps: shares belong to a generation. When a slash leaves less than 10^-9 of the price, the generation closes:
/// `balanceOf` and `totalSupply` start again at zero without Transfer events, and what is left is paid by `claimClosed`.
/// A request stops earning when it is made and can be slashed until it matures, which it does once its day
/// has come and the stake behind it covers the workers' locks. Days are UTC days since 1970, kept in 16
/// bits, which last until 2149.
///
/// Trusted: the modules that the factory names. Not trusted: the operator, beyond the commission announced.
interface IStakePool is IPoolDelegation, IPoolOperations {}
