// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IP384TableRegistry} from "./IP384TableRegistry.sol";

/// @title ECDSA over P-384 with keys whose tables are registered
interface IP384Verifier {
    /// @notice Thrown on deployment when the code at the address isn't the generator's table.
    error GeneratorTableWrong(address code, bytes32 codeHash);

    /// @notice Thrown when no table has been proven for a key.
    error KeyNotTabled(bytes32 keyHash);

    /// @notice Where keys' tables are registered.
    function registry() external view returns (IP384TableRegistry);

    /// @notice The contract whose code is the generator's table.
    function generatorTable() external view returns (address);

    /// @notice Whether a signature is a key's. False for a bad signature, and for hints that aren't the right ones.
    /// @param keyHash The key's name in the registry: the keccak-256 hash of x then y, 48 bytes each.
    /// @param digestHead The first 32 bytes of a 48-byte digest.
    /// @param digestTail Its last 16 bytes.
    /// @param signature r then s, 48 big-endian bytes each. (r, n - s) is as good a signature as (r, s).
    /// @param hints 6,288 bytes, made for this signature by `pha.cryptography.p384_hints.signature_hints`.
    function verify(
        bytes32 keyHash,
        bytes32 digestHead,
        bytes16 digestTail,
        bytes calldata signature,
        bytes calldata hints
    ) external view returns (bool);
}
