// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ISlashGround} from "../staking/interfaces/ISlashGround.sol";
import {IComputeOracle} from "./interfaces/IComputeOracle.sol";
import {IComputeParameters} from "./interfaces/IComputeParameters.sol";
import {IAnswerEquivocation} from "./interfaces/IAnswerEquivocation.sol";

/// @title Two different answers signed for one request
contract AnswerEquivocation is IAnswerEquivocation {
    IComputeOracle private immutable ORACLE;
    IComputeParameters private immutable PARAMETERS;

    constructor(IComputeOracle oracle, IComputeParameters parameters) {
        ORACLE = oracle;
        PARAMETERS = parameters;
    }

    /// @inheritdoc ISlashGround
    function judge(bytes calldata evidence) external view returns (Offence memory offence) {
        Evidence memory proof = abi.decode(evidence, (Evidence));
        uint256 requestId = proof.requestId;
        // The time of the request is the oracle's own: what was never asked there has no hash on record.
        require(ORACLE.statusOf(requestId, proof.asked) != IComputeOracle.Status.None, RequestUnknown(requestId));
        require(proof.firstHash != proof.secondHash, SameAnswer(proof.firstHash));
        address first = _signer(proof, proof.firstHash, proof.firstSignature);
        address second = _signer(proof, proof.secondHash, proof.secondSignature);
        require(first == second, DifferentSigners(first, second));

        // A third answer to the same request is the same offence: the worker's stake answers for a request once.
        offence.id = keccak256(abi.encode(address(ORACLE), requestId, first));
        offence.worker = bytes32(uint256(uint160(first)));
        offence.committedAt = proof.asked.requestedAt;
        offence.level = uint8(PARAMETERS.get(IComputeParameters.Parameter.EquivocationLevel)); // 1 to 4
    }

    function _signer(
        Evidence memory proof,
        bytes32 responseHash,
        bytes memory signature
    ) private view returns (address) {
        return ECDSA.recover(ORACLE.answerDigest(proof.requestId, proof.asked, responseHash), signature);
    }
}
