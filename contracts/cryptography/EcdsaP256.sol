// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

/// @title ECDSA over P-256, through the precompile where the chain has one and in Solidity where it has none
/// @notice The precompile stands at 0x100 (EIP-7951 on Ethereum since Osaka, RIP-7212 on rollups). It answers 1 for a
/// good signature and **nothing at all** for a bad one, which is also what an address without code answers. So an
/// empty answer is told apart by asking again with a signature known to be good: if that one is confirmed, the first
/// was bad; if not, there is no precompile and the work is done in Solidity. Nothing is remembered, so a chain that
/// gains the precompile later is used at once.
library EcdsaP256 {
    /// @notice Thrown when the precompile fails outright, which it does only for want of gas. An answer must not
    /// depend on how much gas a caller chose to send.
    error PrecompileOutOfGas();

    uint256 private constant PRECOMPILE = 0x100;

    /// @dev A valid signature: Wycheproof's "k*G has a large x-coordinate" family (r = 5, s = 1), message "123400".
    bytes32 private constant PROBE_HASH = 0xbb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023;
    uint256 private constant PROBE_R = 5;
    uint256 private constant PROBE_S = 1;
    uint256 private constant PROBE_X = 0xa71af64de5126a4a4e02b7922d66ce9415ce88a4c9d25514d91082c8725ac957;
    uint256 private constant PROBE_Y = 0x5d47723c8fbe580bb369fec9c2665d8e30a435b9932645482e7c9f11e872296b;

    /// @notice Whether (r, s) is a signature of `digest` by the key (x, y). Never reverts for bad input: numbers out
    /// of range and points off the curve are merely not signatures.
    /// @dev Both s and n − s are accepted, as the standard says: vendors' signers do not choose the smaller. What is
    /// signed here is never identified by its signature, so this malleability has no use.
    function verify(bytes32 digest, uint256 r, uint256 s, uint256 x, uint256 y) internal view returns (bool) {
        if (_precompileConfirms(digest, r, s, x, y)) return true;
        if (_precompileConfirms(PROBE_HASH, PROBE_R, PROBE_S, PROBE_X, PROBE_Y)) return false;
        return verifyInSolidity(digest, r, s, x, y);
    }

    /// @notice The same, always without the precompile.
    function verifyInSolidity(bytes32 digest, uint256 r, uint256 s, uint256 x, uint256 y) internal view returns (bool) {
        if (s >= P256.N) return false;
        // The implementation underneath demands the smaller of s and n − s; both verify or neither does.
        if (s > P256.N / 2) s = P256.N - s;
        return P256.verifySolidity(digest, bytes32(r), bytes32(s), bytes32(x), bytes32(y));
    }

    function _precompileConfirms(
        bytes32 digest,
        uint256 r,
        uint256 s,
        uint256 x,
        uint256 y
    ) private view returns (bool confirmed) {
        bool completed;
        // Writes the five words past the free memory pointer and the answer into scratch space: memory-safe.
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, digest)
            mstore(add(input, 0x20), r)
            mstore(add(input, 0x40), s)
            mstore(add(input, 0x60), x)
            mstore(add(input, 0x80), y)
            mstore(0x00, 0)
            completed := staticcall(gas(), PRECOMPILE, input, 0xa0, 0x00, 0x20)
            confirmed := and(eq(returndatasize(), 0x20), eq(mload(0x00), 1))
        }
        require(completed, PrecompileOutOfGas());
    }
}
