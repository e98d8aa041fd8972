// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";
import {IWorkerStanding} from "../staking/interfaces/IWorkerStanding.sol";

/// @title Questions to the registries that can neither block the asker nor cost it more than a fixed amount of gas
/// @notice A registry that reverts, answers too little or uses up its gas has not answered, and an answer's length is not the
/// registry's to choose. Whoever sends the transaction chooses how much gas a registry gets: so `withAllGas` says whether
/// it had all that it may ever have, and a "no" that may come of too little gas must not be believed.
library WorkerQuestions {
    /// @dev For each question; several times what an honest answer needs.
    uint256 internal constant GAS_PER_QUESTION = 500_000;
    /// @dev What a call itself costs here (a cold account and the memory of its arguments), generously.
    uint256 private constant CALL_OVERHEAD = 10_000;
    uint256 private constant STANDING_WORDS = 10;

    /// @notice What the registries know of a worker.
    /// @param answered Whether all questions were answered. Only then the rest is worth anything.
    /// @param withAllGas Whether every question had the whole of its gas.
    /// @param stakePool The pool behind the worker; zero if it doesn't work now
    /// @param stake What that pool has locked for it, in wei
    struct Reply {
        bool answered;
        bool withAllGas;
        IAttestedKeys.Standing standing;
        address stakePool;
        uint256 stake;
    }

    /// @notice Asks both registries of `key`.
    function ask(IAttestedKeys keys, IWorkerStanding workers, address key) internal view returns (Reply memory reply) {
        // All three questions need theirs, and each call keeps back a 64th of what is left.
        reply.withAllGas = gasleft() >= 3 * (GAS_PER_QUESTION + CALL_OVERHEAD) + GAS_PER_QUESTION / 63;
        uint256[] memory words = new uint256[](STANDING_WORDS);
        if (!_read(address(keys), abi.encodeCall(IAttestedKeys.standingOf, (key)), words, STANDING_WORDS)) return reply;
        _decode(words, reply.standing);
        if (!_read(address(workers), abi.encodeCall(IWorkerStanding.stakeOf, (key)), words, 2)) return reply;
        (address pool, uint256 stake) = (address(uint160(words[0])), words[1]);
        if (!_read(address(workers), abi.encodeCall(IWorkerStanding.isWorking, (key)), words, 1)) return reply;
        reply.answered = true;
        if (words[0] == 1) (reply.stakePool, reply.stake) = (pool, stake);
    }

    /// @dev Words that no honest registry gives are cut to their type: they may make a good worker fail, and nothing that
    /// the registry could not have said outright.
    function _decode(uint256[] memory words, IAttestedKeys.Standing memory standing) private pure {
        standing.attested = words[0] == 1;
        standing.reason = bytes32(words[1]);
        standing.kind = bytes32(words[2]);
        standing.confidence = uint8(words[3]);
        standing.deviceCount = uint8(words[4]);
        standing.deviceModel = bytes32(words[5]);
        standing.identity = bytes32(words[6]);
        standing.platform = bytes32(words[7]);
        standing.attestedAt = uint64(words[8]);
        standing.validUntil = uint64(words[9]);
    }

    /// @dev Fills the first `count` of `words`. False if the call failed or gave fewer.
    function _read(
        address target,
        bytes memory question,
        uint256[] memory words,
        uint256 count
    ) private view returns (bool answered) {
        uint256 gasLimit = GAS_PER_QUESTION;
        // Memory-safe: writes at most `count` of the words that are allocated, and never copies what else was returned.
        assembly ("memory-safe") {
            let size := mul(count, 32)
            answered := staticcall(gasLimit, target, add(question, 32), mload(question), add(words, 32), size)
            answered := and(answered, iszero(lt(returndatasize(), size)))
        }
    }
}
