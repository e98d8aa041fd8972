// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {KeccakF1600} from "../cryptography/KeccakF1600.sol";
import {MerlinTranscript} from "../cryptography/MerlinTranscript.sol";
import {SchnorrkelChallenge} from "../cryptography/SchnorrkelChallenge.sol";
import {Strobe128} from "../cryptography/Strobe128.sol";
import {Workspace} from "../cryptography/Workspace.sol";
import {KECCAK_STATE, STROBE_BEGIN, STROBE_BLOCK, STROBE_POSITION} from "../cryptography/WorkspaceLayout.sol";

/// @title Calls into keccak-f[1600], STROBE and Merlin, one by one
contract MockTranscripts {
    uint256 private constant COPIES = 0x0000000000000001000000000000000100000000000000010000000000000001;

    /// @notice The parallel copies of a lane came out of the permutation unequal.
    error CopiesDiffer(uint256 lane, uint256 word);

    /// @return The permuted lanes; each must have come out four times over.
    /// @return The gas of the permutation alone.
    function keccakF1600(uint64[25] calldata lanes) external view returns (uint256[25] memory, uint256) {
        _load(lanes);
        uint256 gasBefore = gasleft();
        KeccakF1600.permute();
        uint256 gasUsed = gasBefore - gasleft();
        uint256[25] memory permuted;
        for (uint256 i = 0; i < 25; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(KECCAK_STATE, shl(5, i)))
            }
            permuted[i] = uint64(word);
            require(word == permuted[i] * COPIES, CopiesDiffer(i, word));
        }
        return (permuted, gasUsed);
    }

    /// @notice A transcript from its very beginning: one message, one challenge.
    function merlin(
        bytes32 label,
        uint256 labelLength,
        bytes32 messageLabel,
        uint256 messageLabelLength,
        bytes calldata message,
        bytes32 challengeLabel,
        uint256 challengeLabelLength,
        uint256 byteCount
    ) external pure returns (uint256 low, uint256 high) {
        Workspace.claim();
        KeccakF1600.loadConstants();
        // The initial block of STROBE-128: 01 a8 01 00 01 60, then STROBEv1.0.2, as lanes.
        uint256 lane0 = 0x545360010001a801;
        uint256 lane1 = 0x302e317645424f52;
        uint256 lane2 = 0x322e;
        assembly ("memory-safe") {
            for {
                let i := 0
            } lt(i, 25) {
                i := add(i, 1)
            } {
                mstore(add(KECCAK_STATE, shl(5, i)), 0)
            }
            for {
                let i := 0
            } lt(i, 7) {
                i := add(i, 1)
            } {
                mstore(add(STROBE_BLOCK, shl(5, i)), 0)
            }
            mstore(KECCAK_STATE, mul(lane0, COPIES))
            mstore(add(KECCAK_STATE, 0x20), mul(lane1, COPIES))
            mstore(add(KECCAK_STATE, 0x40), mul(lane2, COPIES))
            mstore(STROBE_POSITION, 0)
            mstore(STROBE_BEGIN, 0)
        }
        KeccakF1600.permute();
        Strobe128.operate(Strobe128.FLAGS_META_AD, uint256(bytes32("Merlin v1.0")), 11);
        MerlinTranscript.append("dom-sep", 7, label, labelLength);
        MerlinTranscript.appendCalldata(messageLabel, messageLabelLength, message);
        return MerlinTranscript.challenge(challengeLabel, challengeLabelLength, byteCount);
    }

    function schnorrkelChallenge(
        bytes32 key,
        bytes32 encodedR,
        bytes calldata message
    ) external pure returns (uint256) {
        Workspace.claim();
        return SchnorrkelChallenge.scalar(key, encodedR, message);
    }

    function claimTwice() external pure {
        Workspace.claim();
        Workspace.claim();
    }

    function _load(uint64[25] calldata lanes) private pure {
        Workspace.claim();
        KeccakF1600.loadConstants();
        for (uint256 i = 0; i < 25; ++i) {
            uint256 lane = uint256(lanes[i]) * COPIES;
            assembly ("memory-safe") {
                mstore(add(KECCAK_STATE, shl(5, i)), lane)
            }
        }
    }
}
