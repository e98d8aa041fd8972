// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {FIELD_PRIME, GROUP_ORDER} from "./Curve25519Constants.sol";
import {Edwards25519} from "./Edwards25519.sol";
import {HalfSizeScalars} from "./HalfSizeScalars.sol";
import {LittleEndian} from "./LittleEndian.sol";
import {Ristretto255} from "./Ristretto255.sol";
import {SchnorrkelChallenge} from "./SchnorrkelChallenge.sol";
import {Workspace} from "./Workspace.sol";
import {TABLE_A, TABLE_R} from "./WorkspaceLayout.sol";

/// @title sr25519: Schnorr signatures over ristretto255 as schnorrkel makes them in the context `substrate`
/// @dev Accepts exactly what schnorrkel's `verify_simple(b"substrate", ...)` accepts, save for the public key zero,
/// the identity, for which anyone can make signatures. Evidence is 144 bytes:
///
/// | bytes | content |
/// |---|---|
/// | 0 to 31 | R, as in the signature |
/// | 32 to 63 | s with schnorrkel's marker bit, as in the signature |
/// | 64 to 79 | σ, big-endian (HalfSizeScalars) |
/// | 80 to 111 | inverse square root for decoding the key, big-endian (Ristretto255) |
/// | 112 to 143 | the same for R |
library Sr25519 {
    uint256 internal constant EVIDENCE_LENGTH = 144;

    /// @dev Bit 7 of the last byte of s: marks a schnorrkel signature.
    uint256 private constant MARKER = 1 << 255;

    /// @notice Whether the evidence holds a signature of `message` by `key`. Claims the workspace.
    /// @param lowTable Data contract of the multiples of B, which the caller has checked.
    /// @param highTable Data contract of the multiples of 2^128 B, likewise.
    function verify(
        bytes32 key,
        bytes calldata message,
        bytes calldata evidence,
        address lowTable,
        address highTable
    ) internal view returns (bool) {
        if (key == 0 || evidence.length != EVIDENCE_LENGTH) return false;
        Workspace.claim();

        uint256 s = LittleEndian.reverse(uint256(bytes32(evidence[32:64])));
        if (s & MARKER == 0) return false;
        s ^= MARKER;
        if (s >= GROUP_ORDER) return false;

        bytes32 encodedR = bytes32(evidence[0:32]);
        bool negative;
        {
            uint256 k = SchnorrkelChallenge.scalar(key, encodedR, message);
            bool short;
            (short, negative) = HalfSizeScalars.split(uint128(bytes16(evidence[64:80])), k, s);
            if (!short) return false;
        }
        // (σ s) B - ρ A - σ R: the tables hold multiples of -A (of A where ρ is negative) and of -R.
        {
            (bool valid, uint256 x, uint256 y) = Ristretto255.decode(key, uint256(bytes32(evidence[80:112])));
            if (!valid) return false;
            Edwards25519.storeMultiples(TABLE_A, negative ? x : FIELD_PRIME - x, y);
        }
        {
            (bool valid, uint256 x, uint256 y) = Ristretto255.decode(encodedR, uint256(bytes32(evidence[112:144])));
            if (!valid) return false;
            Edwards25519.storeMultiples(TABLE_R, FIELD_PRIME - x, y);
        }
        (uint256 X, uint256 Y, uint256 Z) = Edwards25519.combine(lowTable, highTable);
        // Points that ristretto255 takes for the identity: x = 0 or y = 0. Z is never zero; asking costs nothing.
        return Z != 0 && (X == 0 || Y == 0);
    }
}
