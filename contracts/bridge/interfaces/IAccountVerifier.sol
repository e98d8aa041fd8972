// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Proof that whoever controls a Substrate account agreed to a message
/// @notice One verifier for each signature scheme or kind of account. The bridge knows nothing about what is inside
/// `evidence`.
interface IAccountVerifier {
    /// @notice True if and only if `evidence` shows that whoever controls `account` agreed to exactly `message`.
    /// @dev Must be independent of who calls and of anything the caller can change in the same transaction. Must not
    /// revert on malformed evidence where it can return false. Never true for an account that no key controls.
    /// @param account The 32-byte Substrate account.
    /// @param message The signed bytes, with the `<Bytes>` wrapping if the wallet added it.
    /// @param evidence Signature, keys or proofs, in the encoding of the scheme.
    function verify(bytes32 account, bytes calldata message, bytes calldata evidence) external view returns (bool);
}
