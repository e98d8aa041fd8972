// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title BLAKE2b with a 32-byte digest and no key (RFC 7693), as Substrate hashes
/// @notice Runs the compression function of EIP-152 once for every 128 bytes of input.
library Blake2b {
    /// @notice Thrown where address 0x09 does not answer as EIP-152 says, so that no wrong digest is ever used.
    error Blake2FUnavailable();

    /// @notice The BLAKE2b-256 digest of `data`.
    function hash256(bytes memory data) internal view returns (bytes32 digest) {
        bool answered = true;
        // Memory-safe: only memory past the free pointer is written, 256 bytes of it, and none of it is kept.
        // The precompile's 213-byte input stands at `input`: rounds (4) ‖ h (64) ‖ m (128) ‖ t (16) ‖ f (1).
        assembly ("memory-safe") {
            let input := mload(0x40)
            let state := add(input, 4)
            let chunk := add(input, 68)
            let counter := add(input, 196)

            // 12 rounds, then the initial state of RFC 7693, 3.2, little-endian, with the parameter word 0x01010020
            // (digest of 32 bytes, no key, fanout and depth 1) folded into its first word.
            mstore(input, 0x0000000c28c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f)
            mstore(add(input, 32), 0x3af54fa5d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e13)
            mstore(add(input, 64), 0x19cde05b00000000000000000000000000000000000000000000000000000000)
            mstore(counter, 0) // t and f

            let source := add(data, 32)
            let remaining := mload(data)
            let hashed := 0
            for {} 1 {} {
                let length := remaining
                switch gt(remaining, 128)
                case 1 {
                    length := 128
                }
                default {
                    // The last chunk, which is short or empty only here, is completed with zeros.
                    mstore(chunk, 0)
                    mstore(add(chunk, 32), 0)
                    mstore(add(chunk, 64), 0)
                    mstore(add(chunk, 96), 0)
                    mstore8(add(counter, 16), 1)
                }
                mcopy(chunk, source, length)
                hashed := add(hashed, length)

                // The bytes hashed so far, little-endian. Four bytes of the counter are enough: memory of 4 GiB is
                // beyond any gas limit.
                mstore8(counter, hashed)
                mstore8(add(counter, 1), shr(8, hashed))
                mstore8(add(counter, 2), shr(16, hashed))
                mstore8(add(counter, 3), shr(24, hashed))

                // The new state is written over the old one, where the next round takes it from. On a chain without
                // the precompile the call succeeds and returns nothing, hence the check of the size.
                answered := staticcall(gas(), 0x09, input, 213, state, 64)
                answered := and(answered, eq(returndatasize(), 64))
                remaining := sub(remaining, length)
                if or(iszero(answered), iszero(remaining)) {
                    break
                }
                source := add(source, 128)
            }
            digest := mload(state)
        }
        require(answered, Blake2FUnavailable());
    }
}
