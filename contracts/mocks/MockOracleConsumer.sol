// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IComputeOracle} from "../compute/interfaces/IComputeOracle.sol";
import {IOracleConsumer} from "../compute/interfaces/IOracleConsumer.sol";

/// @title A contract that asks the oracle and then behaves as a test wants
contract MockOracleConsumer is IOracleConsumer {
    enum Mood {
        Keeping,
        Reverting,
        Burning,
        Bombing,
        Calling
    }

    Mood public mood;
    uint256 public gasSeen;
    bytes public lastAnswer;
    bytes public call;
    bool public callSucceeded;

    IComputeOracle private immutable ORACLE;

    error Unwilling();

    constructor(IERC20 token, IComputeOracle oracle) {
        ORACLE = oracle;
        token.approve(address(oracle), type(uint256).max);
    }

    function ask(
        bytes32 identity,
        bytes calldata query,
        uint32 callbackGas,
        uint40 answerSeconds,
        uint96 payment
    ) external returns (uint256 requestId) {
        return ORACLE.request(identity, query, callbackGas, answerSeconds, payment);
    }

    function setMood(Mood mood_, bytes calldata call_) external {
        mood = mood_;
        call = call_;
    }

    function onAnswer(uint256, bytes calldata answer) external {
        uint256 available = gasleft();
        if (mood == Mood.Reverting) revert Unwilling();
        if (mood == Mood.Burning) {
            assembly {
                invalid()
            }
        }
        if (mood == Mood.Bombing) {
            // Not memory-safe on purpose: hands back as much as its gas allows.
            assembly {
                revert(0, 300000)
            }
        }
        (gasSeen, lastAnswer) = (available, answer);
        if (mood == Mood.Calling) (callSucceeded, ) = address(ORACLE).call(call);
    }
}
