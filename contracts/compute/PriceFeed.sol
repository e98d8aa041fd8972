// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IComputeOracle} from "./interfaces/IComputeOracle.sol";
import {IOracleConsumer} from "./interfaces/IOracleConsumer.sol";
import {IPriceFeed} from "./interfaces/IPriceFeed.sol";

/// @title A price from the web, put on chain by an attested program
contract PriceFeed is IPriceFeed {
    using SafeCast for uint256;

    uint32 private constant CALLBACK_GAS = 100_000;
    uint40 private constant ANSWER_SECONDS = 10 minutes;

    /// @dev What stands, in one slot.
    struct Price {
        uint192 price;
        uint64 observedAt;
    }

    IComputeOracle private immutable ORACLE;
    bytes32 private immutable IDENTITY;
    uint96 private immutable PAYMENT;
    uint256 private immutable INTERVAL_SECONDS;

    bytes private _query;
    uint256 private _nextAt;
    /// @inheritdoc IPriceFeed
    Price public latest;

    /// @param identity The program that may answer.
    /// @param payment For each answer, in wei of PHA.
    /// @param intervalSeconds Between two questions at least: so nobody can empty the feed by asking.
    constructor(
        IERC20 token,
        IComputeOracle oracle,
        bytes32 identity,
        uint96 payment,
        uint256 intervalSeconds,
        bytes memory query_
    ) {
        ORACLE = oracle;
        IDENTITY = identity;
        PAYMENT = payment;
        INTERVAL_SECONDS = intervalSeconds;
        _query = query_;
        token.approve(address(oracle), type(uint256).max); // PHA answers true or reverts
    }

    /// @inheritdoc IPriceFeed
    function update() external returns (uint256 requestId) {
        require(block.timestamp >= _nextAt, TooSoon(_nextAt));
        _nextAt = block.timestamp + INTERVAL_SECONDS;
        requestId = ORACLE.request(IDENTITY, _query, CALLBACK_GAS, ANSWER_SECONDS, PAYMENT);
        emit PriceRequested(requestId);
    }

    /// @inheritdoc IOracleConsumer
    function onAnswer(uint256 requestId, bytes calldata answer) external {
        require(msg.sender == address(ORACLE), CallerNotOracle(msg.sender, address(ORACLE)));
        (uint256 price, uint64 observedAt) = abi.decode(answer, (uint256, uint64));
        Price memory last = latest;
        // Answers may come out of order: an older sight never takes the place of a newer one.
        require(
            price != 0 && observedAt > last.observedAt && observedAt <= block.timestamp,
            AnswerRefused(price, observedAt)
        );
        latest = Price(price.toUint192(), observedAt);
        emit PriceUpdated(requestId, last.price, price, observedAt);
    }

    /// @inheritdoc IPriceFeed
    function query() external view returns (bytes memory) {
        return _query;
    }
}
