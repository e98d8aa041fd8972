// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Which of NVIDIA's certificates, keys and firmware are out of use
/// @notice Each is known here by a name, under which it can be refused before anyone has put it in:
///
/// - a certificate by its issuer and serial number, as in any revocation list, so that a signature encoded another way
///   doesn't escape;
/// - a key, so that a further certificate for it doesn't escape;
/// - firmware, so that one entry refuses every device whose report key was derived for it.
///
/// A report is refused if anything in its chain is named: a certificate, its key, or the firmware of the last one.
interface INvidiaRevocations {
    /// @notice Whether a name may be relied on. What is on hold may come back, what is revoked may not.
    enum Standing {
        Good,
        OnHold,
        Revoked
    }

    /// @notice A standing was changed.
    /// @param why For people: where it was published, and the reason given there
    event StandingSet(bytes32 indexed name, Standing indexed from, Standing indexed to, string why);

    /// @notice Thrown when a revoked name is to be given another standing.
    error RevokedForGood(bytes32 name);

    /// @notice Thrown when what is to be put on hold is refused already.
    error RefusedAlready(bytes32 name, Standing standing);

    /// @notice Thrown when no reason is given.
    error ReasonMissing(bytes32 name);

    /// @notice Put on hold what was good. Only for the role that the access manager names, which can be quicker than the
    /// one for {setStanding}: whoever may do this can refuse, and can neither let anything in nor refuse it for good.
    /// @param name See {nameOf}, {nameOfKey} and {nameOfFirmware}
    function hold(bytes32 name, string calldata why) external;

    /// @notice Change a standing in any way. Only for the role that the access manager names.
    /// @param name See {nameOf}, {nameOfKey} and {nameOfFirmware}
    function setStanding(bytes32 name, Standing standing, string calldata why) external;

    /// @notice A name's standing.
    function standingOf(bytes32 name) external view returns (Standing);

    /// @notice The worst standing among some names.
    function worstOf(bytes32[] calldata names) external view returns (Standing);

    /// @notice By what a certificate is known here.
    /// @param issuer Keccak-256 of the issuer's name as encoded
    /// @param issuerKey Keccak-256 of the issuer's key, x then y
    /// @param serial Keccak-256 of the serial number's bytes without a leading zero
    function nameOf(bytes32 issuer, bytes32 issuerKey, bytes32 serial) external pure returns (bytes32);

    /// @notice By what a key is known here.
    /// @param keyHash Keccak-256 of the key, x then y
    function nameOfKey(bytes32 keyHash) external pure returns (bytes32);

    /// @notice By what firmware is known here.
    /// @param firmware Keccak-256 of the 48 bytes of its id; 0 for all report keys whose certificates name none
    function nameOfFirmware(bytes32 firmware) external pure returns (bytes32);
}
