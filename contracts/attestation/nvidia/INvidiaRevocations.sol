// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Which of NVIDIA's certificates governance has taken out of use
/// @notice A certificate is known here by its issuer and serial number, as in any revocation list, so it can be named
/// before anyone has put it in, and a signature encoded another way doesn't escape.
interface INvidiaRevocations {
    /// @notice Whether a certificate may be relied on. What is on hold may come back, what is revoked may not.
    enum Standing {
        Good,
        OnHold,
        Revoked
    }

    /// @notice A certificate's standing was changed.
    /// @param why For people: where it was published, and the reason given there
    event StandingSet(bytes32 indexed name, Standing indexed from, Standing indexed to, string why);

    /// @notice Thrown when a revoked certificate is to be given another standing.
    error RevokedForGood(bytes32 name);

    /// @notice Thrown when no reason is given.
    error ReasonMissing(bytes32 name);

    /// @notice Change a certificate's standing. Only for the role that the access manager names.
    /// @param name See {nameOf}
    function setStanding(bytes32 name, Standing standing, string calldata why) external;

    /// @notice A certificate's standing.
    function standingOf(bytes32 name) external view returns (Standing);

    /// @notice The worst standing among some certificates.
    function worstOf(bytes32[] calldata names) external view returns (Standing);

    /// @notice By what a certificate is known here.
    /// @param issuer Keccak-256 of the issuer's name as encoded
    /// @param issuerKey Keccak-256 of the issuer's key, x then y
    /// @param serial Keccak-256 of the serial number's bytes without a leading zero
    function nameOf(bytes32 issuer, bytes32 issuerKey, bytes32 serial) external pure returns (bytes32);
}
