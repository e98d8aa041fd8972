// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEarningsLedger} from "./IEarningsLedger.sol";

/// @title Answers from attested programs
/// @notice A contract asks, names the code identity that may answer, and prepays. A worker that is attested with that
/// identity, and whose stake was locked when the question came, signs the answer; anyone brings it; the asker is
/// called back. Unanswered in time, the payment goes back.
///
/// Traps: only a hash of a request is stored; whoever answers or refunds gives the request as its event shows it. A worker
/// that signs two different answers to one request can be slashed, whether or not either was brought here. The callback
/// gets no second chance. Trusted: PHA, the registries to say who is attested, the code behind the identity.
interface IComputeOracle is IEarningsLedger {
    /// @notice Where a request stands.
    enum Status {
        None,
        Pending,
        Answered,
        Refunded
    }

    /// @notice A request, as its event shows it.
    /// @param consumer Who asked, is called back, and gets a refund
    /// @param callbackGas What the callback gets
    /// @param requestedAt When it was asked, in Unix seconds
    /// @param deadline The last second for an answer
    /// @param payment In wei of PHA
    /// @param identity The code identity that may answer
    /// @param queryHash keccak256 of the question
    struct Request {
        address consumer;
        uint32 callbackGas;
        uint40 requestedAt;
        uint40 deadline;
        uint96 payment;
        bytes32 identity;
        bytes32 queryHash;
    }

    /// @notice A question was asked.
    event Requested(uint256 indexed requestId, bytes32 indexed identity, Request request, bytes query);
    /// @notice It was answered, and `pool` earned the payment.
    event Answered(uint256 indexed requestId, address indexed worker, address indexed pool, bytes answer);
    /// @notice The asker was called back.
    event CalledBack(uint256 indexed requestId, bool succeeded);
    /// @notice Nobody answered in time and the payment went back.
    event Refunded(uint256 indexed requestId, uint256 amount);

    /// @notice Thrown when a request names no code identity.
    error IdentityIsZero();
    /// @notice Thrown when a callback would get more gas than allowed.
    error CallbackGasTooHigh(uint256 callbackGas, uint256 highest);
    /// @notice Thrown when a request would wait for no time, or too long.
    error AnswerSecondsOutOfBounds(uint256 answerSeconds, uint256 lowest, uint256 highest);
    /// @notice Thrown when what is given isn't the request of that number, or it no longer waits for an answer.
    error NotPending(uint256 requestId, Status status);
    /// @notice Thrown when an answer comes too late, or a refund is asked for too early.
    error DeadlineViolated(uint256 deadline);
    /// @notice Thrown when an answer is too long.
    error AnswerTooLong(uint256 length, uint256 highest);
    /// @notice Thrown when the signer isn't attested now with the identity named.
    error WorkerNotAttested(address worker, bytes32 identity);
    /// @notice Thrown when too little stake answered for the signer at the time of the request, or it doesn't work now.
    error WorkerNotStaked(address worker, uint256 stake, uint256 lowest);
    /// @notice Thrown when so little gas is left that the callback would get less than the request names.
    error GasTooLow(uint256 gasLeft, uint256 needed);

    /// @notice Asks, and pays from the caller's PHA. Who asks is called back, and should have code for it.
    function request(
        bytes32 identity,
        bytes calldata query,
        uint32 callbackGas,
        uint40 answerSeconds,
        uint96 payment
    ) external returns (uint256 requestId);

    /// @notice Answers with the signature of an attested key over `answerDigest`. Anyone may bring it.
    function answer(
        uint256 requestId,
        Request calldata asked,
        bytes calldata response,
        bytes calldata signature
    ) external returns (bool calledBack);

    /// @notice Pays an unanswered request back after its deadline. Anyone may call.
    function refund(uint256 requestId, Request calldata asked) external;

    /// @notice Where a request stands. `None` too if what is given isn't the request of that number.
    function statusOf(uint256 requestId, Request calldata asked) external view returns (Status);

    /// @notice How many requests there have been.
    function requestCount() external view returns (uint256);

    /// @notice What a worker signs: EIP-712 `Answer(uint256 requestId,bytes32 requestHash,bytes response)`, by the hash of the
    /// response. The request's hash is keccak256 of the ABI encoding of its number and its fields.
    function answerDigest(
        uint256 requestId,
        Request calldata asked,
        bytes32 responseHash
    ) external view returns (bytes32);
}
