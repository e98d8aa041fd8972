// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ISlashGround} from "../../staking/interfaces/ISlashGround.sol";
import {IComputeOracle} from "./IComputeOracle.sol";

/// @title Two different answers signed for one request
/// @notice The offence dates from the request, not from the signatures, whose time nobody can know: the stake that answers
/// for it is the one without which the oracle would not have taken the answer.
interface IAnswerEquivocation is ISlashGround {
    /// @notice What `judge` decodes.
    /// @param asked The request, as its event shows it
    /// @param firstHash keccak256 of one answer
    /// @param secondHash keccak256 of another
    struct Evidence {
        uint256 requestId;
        IComputeOracle.Request asked;
        bytes32 firstHash;
        bytes firstSignature;
        bytes32 secondHash;
        bytes secondSignature;
    }

    /// @notice Thrown when the oracle was never asked this.
    error RequestUnknown(uint256 requestId);
    /// @notice Thrown when both signatures are of one answer.
    error SameAnswer(bytes32 responseHash);
    /// @notice Thrown when the answers are of two keys.
    error DifferentSigners(address first, address second);
}
