// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IOracleConsumer} from "./IOracleConsumer.sol";

/// @title A price from the web, put on chain by an attested program
/// @notice The worked example of a contract that asks the oracle. It pays from the PHA it holds; anyone may have it ask, not
/// more often than its interval. What it holds serves questions and nothing else: nobody can take it out. Its program answers `abi.encode(uint256 price, uint64 observedAt)`.
interface IPriceFeed is IOracleConsumer {
    /// @notice A new price was asked for.
    event PriceRequested(uint256 indexed requestId);
    /// @notice A new price stands.
    event PriceUpdated(uint256 indexed requestId, uint256 oldPrice, uint256 newPrice, uint64 observedAt);

    /// @notice Thrown when someone else than the oracle answers.
    error CallerNotOracle(address caller, address oracle);
    /// @notice Thrown when a price is asked for too soon after the last time.
    error TooSoon(uint256 earliest);
    /// @notice Thrown when an answer is no price, is from the future, or is no later than the one that stands.
    error AnswerRefused(uint256 price, uint256 observedAt);

    /// @notice Asks for a new price. Anyone may call.
    function update() external returns (uint256 requestId);

    /// @notice The last price, in units of 10^-8, and when the program saw it; zeros before the first.
    function latest() external view returns (uint192 price, uint64 observedAt);

    /// @notice The question: a JSON object that the program understands.
    function query() external view returns (bytes memory);
}
