// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Sha384} from "./Sha384.sol";

/// @title RSASSA-PSS (RFC 8017 section 8.1.2) as AMD signs with it
/// @notice RSA of exactly 4096 bits with public exponent 65537, SHA-384, MGF1 with SHA-384, a salt of 48 bytes.
/// @dev modBits is 4096, so the encoded message has emBits = 4095 bits in emLen = 512 bytes: one bit to clear.
library RsaPss {
    uint256 private constant MODULUS_BYTES = 512;
    uint256 private constant HASH_BYTES = 48;
    uint256 private constant SALT_BYTES = 48;
    /// @dev maskedDB: what stands before the hash and the trailer, 512 - 48 - 1.
    uint256 private constant DB_BYTES = 463;
    /// @dev The zeros at the beginning of DB, 463 - 48 - 1; the byte 0x01 and the salt follow.
    uint256 private constant PADDING_BYTES = 414;

    /// @notice Whether the signature over a message with this SHA-384 digest is the key's.
    /// @param digestHead The first 32 bytes of the digest.
    /// @param digestTail Its last 16 bytes.
    /// @param signature 512 bytes, big-endian, below the modulus.
    /// @param modulus 512 bytes, big-endian; odd, its highest bit set. Anything else gives false.
    function verify(
        bytes32 digestHead,
        bytes16 digestTail,
        bytes memory signature,
        bytes memory modulus
    ) internal view returns (bool) {
        if (signature.length != MODULUS_BYTES || !_isModulus(modulus) || !_isBelow(signature, modulus)) return false;
        bytes memory encoded = _publicOperation(signature, modulus);
        return _isEncodingOf(encoded, digestHead, digestTail);
    }

    /// @dev EMSA-PSS-VERIFY, section 9.1.2; steps are numbered as there. Steps 1 and 3 have nothing to refuse: the
    /// digest is given, and 512 bytes are more than 48 + 48 + 2.
    function _isEncodingOf(bytes memory encoded, bytes32 digestHead, bytes16 digestTail) private pure returns (bool) {
        // 4: the trailer.
        if (encoded[MODULUS_BYTES - 1] != 0xbc) return false;
        // 6: the bits of maskedDB above emBits.
        if (uint8(encoded[0]) & 0x80 != 0) return false;

        // 5 and 7 to 9: H, and DB = maskedDB xor MGF1(H), in place; its top bit cleared.
        (bytes32 hashHead, bytes16 hashTail) = _hashAt(encoded);
        _unmask(encoded, hashHead, hashTail);
        encoded[0] &= 0x7f;

        // 10: zeros, then one.
        for (uint256 i = 0; i < PADDING_BYTES; ++i) {
            if (encoded[i] != 0) return false;
        }
        if (encoded[PADDING_BYTES] != 0x01) return false;

        // 11 to 14: H is the hash of eight zeros, the digest and the salt.
        bytes memory salt = new bytes(SALT_BYTES);
        assembly ("memory-safe") {
            mcopy(add(salt, 0x20), add(add(encoded, 0x20), add(PADDING_BYTES, 1)), SALT_BYTES)
        }
        (bytes32 head, bytes16 tail) = Sha384.digest(abi.encodePacked(bytes8(0), digestHead, digestTail, salt));
        return head == hashHead && tail == hashTail;
    }

    /// @dev RSAVP1, section 5.2.2: signature^65537 mod modulus, by MODEXP (EIP-198).
    function _publicOperation(bytes memory signature, bytes memory modulus) private view returns (bytes memory result) {
        bytes memory input = abi.encodePacked(
            MODULUS_BYTES,
            uint256(3),
            MODULUS_BYTES,
            signature,
            bytes3(0x010001),
            modulus
        );
        result = new bytes(MODULUS_BYTES);
        assembly ("memory-safe") {
            // It can only fail for want of gas; that must not look like a bad signature.
            if iszero(staticcall(gas(), 5, add(input, 0x20), mload(input), add(result, 0x20), MODULUS_BYTES)) {
                revert(0, 0)
            }
        }
    }

    /// @dev The 48 bytes before the trailer.
    function _hashAt(bytes memory encoded) private pure returns (bytes32 head, bytes16 tail) {
        assembly ("memory-safe") {
            let position := add(add(encoded, 0x20), DB_BYTES)
            head := mload(position)
            // 16 bytes, without the trailer and what follows them.
            tail := shl(128, shr(128, mload(add(position, 32))))
        }
    }

    /// @dev Xors MGF1 (appendix B.2.1) of the seed into the first 463 bytes: ten hashes, the last one cut to 31 bytes.
    function _unmask(bytes memory encoded, bytes32 seedHead, bytes16 seedTail) private pure {
        uint256 position;
        for (uint32 counter = 0; position < DB_BYTES; ++counter) {
            (bytes32 head, bytes16 tail) = Sha384.digest(abi.encodePacked(seedHead, seedTail, counter));
            uint256 left = DB_BYTES - position;
            assembly ("memory-safe") {
                let target := add(add(encoded, 0x20), position)
                if lt(left, 48) {
                    // 31 bytes are left: what follows them is H.
                    head := and(head, not(0xff))
                    tail := 0
                }
                mstore(target, xor(mload(target), head))
                target := add(target, 32)
                mstore(target, xor(mload(target), tail))
            }
            position += HASH_BYTES;
        }
    }

    /// @dev 4096 bits, no fewer, and odd: MODEXP would take any other modulus too.
    function _isModulus(bytes memory modulus) private pure returns (bool) {
        return
            modulus.length == MODULUS_BYTES &&
            uint8(modulus[0]) & 0x80 != 0 &&
            uint8(modulus[MODULUS_BYTES - 1]) & 1 == 1;
    }

    /// @dev Whether a < b, both of 512 bytes.
    function _isBelow(bytes memory a, bytes memory b) private pure returns (bool) {
        for (uint256 i = 0x20; i <= MODULUS_BYTES; i += 0x20) {
            uint256 x;
            uint256 y;
            assembly ("memory-safe") {
                x := mload(add(a, i))
                y := mload(add(b, i))
            }
            if (x != y) return x < y;
        }
        return false;
    }
}
