// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Blake2b} from "../cryptography/Blake2b.sol";
import {KeylessAccounts} from "./KeylessAccounts.sol";
import {IAccountVerifier} from "./interfaces/IAccountVerifier.sol";

/// @title Substrate accounts of ECDSA keys on secp256k1
/// @notice The account is BLAKE2b-256 of the 33-byte compressed key, the signed digest BLAKE2b-256 of the message.
/// Evidence, 129 bytes: x ‖ y ‖ r ‖ s (32 each) ‖ v (1), v being 0, 1, 27 or 28.
contract Secp256k1AccountVerifier is IAccountVerifier {
    /// @notice Bytes in a piece of evidence.
    uint256 public constant EVIDENCE_BYTES = 129;

    /// @dev The prime of the field that the curve y² = x³ + 7 lies over.
    uint256 private constant FIELD_PRIME = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f;

    /// @inheritdoc IAccountVerifier
    function verify(bytes32 account, bytes calldata message, bytes calldata evidence) external view returns (bool) {
        if (evidence.length != EVIDENCE_BYTES || KeylessAccounts.isKeyless(account)) return false;

        uint256 x = uint256(bytes32(evidence[0:32]));
        uint256 y = uint256(bytes32(evidence[32:64]));
        uint8 v = uint8(evidence[128]);
        if (v < 2) v += 27;
        if (v != 27 && v != 28) return false;
        if (!_isOnCurve(x, y)) return false;

        // 0x02 or 0x03 by the parity of y, which with x names the point.
        bytes memory compressed = abi.encodePacked(uint8(2 + (y & 1)), x);
        if (Blake2b.hash256(compressed) != account) return false;

        // No low-s rule, because the parachain had none: a second form of a signature names the same recipient, and the
        // bridge pays an account once whatever the form. The precompile itself refuses r or s outside 1..n-1.
        address signer = ecrecover(Blake2b.hash256(message), v, bytes32(evidence[64:96]), bytes32(evidence[96:128]));
        return signer != address(0) && signer == address(uint160(uint256(keccak256(evidence[0:64]))));
    }

    /// @dev Without this, y would be bound to the account by its parity alone, and a forger could search for a y and a
    /// key of their own that collide in the 160 bits of an Ethereum address: about 2^80 work instead of 2^160.
    function _isOnCurve(uint256 x, uint256 y) private pure returns (bool) {
        if (x >= FIELD_PRIME || y >= FIELD_PRIME) return false;
        uint256 cube = mulmod(mulmod(x, x, FIELD_PRIME), x, FIELD_PRIME);
        return mulmod(y, y, FIELD_PRIME) == addmod(cube, 7, FIELD_PRIME);
    }
}
