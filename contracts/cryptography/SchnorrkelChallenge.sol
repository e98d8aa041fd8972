// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {GROUP_ORDER, WIDE_MOD_ORDER} from "./Curve25519Constants.sol";
import {KeccakF1600} from "./KeccakF1600.sol";
import {MerlinTranscript} from "./MerlinTranscript.sol";
import {SubstrateSigningContext} from "./SubstrateSigningContext.sol";

/// @title The challenge scalar of an sr25519 signature in the signing context `substrate`
/// @dev Source: schnorrkel 0.11 (W3F), sign.rs and context.rs: the labels, their order and the 64 bytes reduced modulo L.
library SchnorrkelChallenge {
    /// @notice k for public key, encoded R and message. The caller claims the workspace.
    function scalar(bytes32 key, bytes32 encodedR, bytes calldata message) internal pure returns (uint256) {
        KeccakF1600.loadConstants();
        SubstrateSigningContext.start();
        MerlinTranscript.appendCalldata("sign-bytes", 10, message);
        MerlinTranscript.append("proto-name", 10, "Schnorr-sig", 11);
        MerlinTranscript.append("sign:pk", 7, key, 32);
        MerlinTranscript.append("sign:R", 6, encodedR, 32);
        (uint256 low, uint256 high) = MerlinTranscript.challenge("sign:c", 6, 64);
        return addmod(low, mulmod(high, WIDE_MOD_ORDER, GROUP_ORDER), GROUP_ORDER);
    }
}
