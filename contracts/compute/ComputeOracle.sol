// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";
import {IStakePoolFactory} from "../staking/interfaces/IStakePoolFactory.sol";
import {IWorkerLocks} from "../staking/interfaces/IWorkerLocks.sol";
import {IWorkerStanding} from "../staking/interfaces/IWorkerStanding.sol";
import {EarningsLedger} from "./EarningsLedger.sol";
import {IComputeOracle} from "./interfaces/IComputeOracle.sol";
import {IComputeParameters} from "./interfaces/IComputeParameters.sol";
import {IOracleConsumer} from "./interfaces/IOracleConsumer.sol";

/// @title Answers from attested programs
contract ComputeOracle is IComputeOracle, EarningsLedger, EIP712 {
    using SafeERC20 for IERC20;

    bytes32 private constant ANSWER_TYPEHASH = keccak256(
        "Answer(uint256 requestId,bytes32 requestHash,bytes response)"
    );
    /// @dev The shortest time in which an answer can be expected.
    uint256 private constant MIN_ANSWER_SECONDS = 30;
    /// @dev The call itself, and the event that says how it went.
    uint256 private constant CALLBACK_OVERHEAD = 15_000;

    IAttestedKeys private immutable KEYS;
    IWorkerStanding private immutable WORKERS;
    IWorkerLocks private immutable LOCKS;

    /// @inheritdoc IComputeOracle
    uint256 public requestCount;
    /// @dev The request's hash but for its last byte, which is the status: one slot for all of a request.
    mapping(uint256 requestId => bytes32) private _records;

    /// @param keys Says which keys are attested.
    /// @param workers Says what stake stands behind them now.
    /// @param locks Says what stake stood behind them before; with `workers` usually one contract.
    constructor(
        IERC20 token,
        IComputeParameters parameters,
        IAttestedKeys keys,
        IWorkerStanding workers,
        IWorkerLocks locks,
        IStakePoolFactory factory,
        address stakers,
        address treasury
    ) EarningsLedger(token, parameters, factory, stakers, treasury) EIP712("Phala ComputeOracle", "1") {
        KEYS = keys;
        WORKERS = workers;
        LOCKS = locks;
    }

    /// @inheritdoc IComputeOracle
    /// @dev Not locked against re-entry, so that a callback may ask again: all is written before the token is called.
    function request(
        bytes32 identity,
        bytes calldata query,
        uint32 callbackGas,
        uint40 answerSeconds,
        uint96 payment
    ) external returns (uint256 requestId) {
        require(identity != 0, IdentityIsZero());
        uint256 highest = PARAMETERS.get(IComputeParameters.Parameter.MaxCallbackGas);
        require(callbackGas <= highest, CallbackGasTooHigh(callbackGas, highest));
        highest = PARAMETERS.get(IComputeParameters.Parameter.MaxAnswerSeconds);
        require(
            answerSeconds >= MIN_ANSWER_SECONDS && answerSeconds <= highest,
            AnswerSecondsOutOfBounds(answerSeconds, MIN_ANSWER_SECONDS, highest)
        );

        requestId = ++requestCount;
        Request memory asked = Request({
            consumer: msg.sender,
            callbackGas: callbackGas,
            requestedAt: uint40(block.timestamp),
            deadline: uint40(block.timestamp) + answerSeconds,
            payment: payment,
            identity: identity,
            queryHash: keccak256(query)
        });
        _records[requestId] = _record(_hash(requestId, asked), Status.Pending);
        emit Requested(requestId, identity, asked, query);
        TOKEN.safeTransferFrom(msg.sender, address(this), payment);
    }

    /// @inheritdoc IComputeOracle
    function answer(
        uint256 requestId,
        Request calldata asked,
        bytes calldata response,
        bytes calldata signature
    ) external nonReentrant returns (bool calledBack) {
        bytes32 requestHash = _requirePending(requestId, asked);
        require(block.timestamp <= asked.deadline, DeadlineViolated(asked.deadline));
        uint256 highest = PARAMETERS.get(IComputeParameters.Parameter.MaxAnswerBytes);
        require(response.length <= highest, AnswerTooLong(response.length, highest));
        address worker = ECDSA.recover(_digest(requestId, requestHash, keccak256(response)), signature);
        address pool = _poolBehind(worker, asked);

        // All is done before the asker is called: it can find nothing half-way, and change nothing.
        _records[requestId] = _record(requestHash, Status.Answered);
        _earn(pool, asked.payment);
        emit Answered(requestId, worker, pool, response);

        bytes memory message = abi.encodeCall(IOracleConsumer.onAnswer, (requestId, response));
        // The EVM passes on no more than 63 in 64 parts: whoever brings the answer must not be able to starve the callback.
        uint256 needed = (uint256(asked.callbackGas) * 64) / 63 + CALLBACK_OVERHEAD;
        require(gasleft() >= needed, GasTooLow(gasleft(), needed));
        calledBack = _callWithGas(asked.consumer, message, asked.callbackGas);
        emit CalledBack(requestId, calledBack);
    }

    /// @inheritdoc IComputeOracle
    function refund(uint256 requestId, Request calldata asked) external nonReentrant {
        bytes32 requestHash = _requirePending(requestId, asked);
        require(block.timestamp > asked.deadline, DeadlineViolated(asked.deadline));
        _records[requestId] = _record(requestHash, Status.Refunded);
        emit Refunded(requestId, asked.payment);
        TOKEN.safeTransfer(asked.consumer, asked.payment);
    }

    // Views

    /// @inheritdoc IComputeOracle
    function statusOf(uint256 requestId, Request calldata asked) external view returns (Status) {
        return _statusOf(requestId, _hash(requestId, asked));
    }

    /// @inheritdoc IComputeOracle
    function answerDigest(
        uint256 requestId,
        Request calldata asked,
        bytes32 responseHash
    ) external view returns (bytes32) {
        return _digest(requestId, _hash(requestId, asked), responseHash);
    }

    // Internals

    /// @dev The pool that the worker earns for: whose stake answered for it when the question came, so that an answer which
    /// is accepted can be slashed if the worker signs another.
    function _poolBehind(address worker, Request calldata asked) private view returns (address pool) {
        IAttestedKeys.Standing memory standing = KEYS.standingOf(worker);
        require(standing.attested && standing.identity == asked.identity, WorkerNotAttested(worker, asked.identity));
        uint256 stake;
        (pool, stake, , ) = LOCKS.lockAt(bytes32(uint256(uint160(worker))), asked.requestedAt);
        uint256 lowest = PARAMETERS.get(IComputeParameters.Parameter.MinAnswerStakeAmount);
        require(stake >= lowest && WORKERS.isWorking(worker), WorkerNotStaked(worker, stake, lowest));
    }

    /// @dev Whatever comes back is left where it is: nobody pays for copying it.
    function _callWithGas(address target, bytes memory message, uint256 gasLimit) private returns (bool succeeded) {
        // Memory-safe: reads the message, writes nothing.
        assembly ("memory-safe") {
            succeeded := call(gasLimit, target, 0, add(message, 32), mload(message), 0, 0)
        }
    }

    function _requirePending(uint256 requestId, Request calldata asked) private view returns (bytes32 requestHash) {
        requestHash = _hash(requestId, asked);
        Status status = _statusOf(requestId, requestHash);
        require(status == Status.Pending, NotPending(requestId, status));
    }

    function _statusOf(uint256 requestId, bytes32 requestHash) private view returns (Status) {
        bytes32 record = _records[requestId];
        if (record == 0 || (record ^ requestHash) >> 8 != 0) return Status.None;
        return Status(uint8(uint256(record)));
    }

    function _record(bytes32 requestHash, Status status) private pure returns (bytes32) {
        return ((requestHash >> 8) << 8) | bytes32(uint256(status));
    }

    function _hash(uint256 requestId, Request memory asked) private pure returns (bytes32) {
        return keccak256(abi.encode(requestId, asked));
    }

    function _digest(uint256 requestId, bytes32 requestHash, bytes32 responseHash) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ANSWER_TYPEHASH, requestId, requestHash, responseHash)));
    }
}
