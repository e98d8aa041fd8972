// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Which keys belong to attested workers now
/// @notice What staking, payments and governance ask of the attestation registry. A worker is named by the address of the
/// secp256k1 key that its evidence binds.
interface IAttestedKeys {
    /// @notice What is known of a key now.
    /// @param attested Whether evidence for the key counts now. Only then the other fields are worth anything
    /// @param reason Short ASCII name of why it doesn't count; zero where it does
    /// @param kind Which kind of evidence, such as `intel.tdx`
    /// @param confidence 1, the best, to 5
    /// @param deviceCount How many GPUs answered with the CPU; zero for a CPU alone
    /// @param deviceModel Their model, such as `GH100`; zero for a CPU alone
    /// @param identity The code identity that the policy accepted
    /// @param platform The one machine, as in the CPU's verdict
    /// @param attestedAt When the evidence was judged, in Unix seconds
    /// @param validUntil Last second at which it can count
    struct Standing {
        bool attested;
        bytes32 reason;
        bytes32 kind;
        uint8 confidence;
        uint8 deviceCount;
        bytes32 deviceModel;
        bytes32 identity;
        bytes32 platform;
        uint64 attestedAt;
        uint64 validUntil;
    }

    /// @notice Whether evidence for `key` counts now.
    function isAttested(address key) external view returns (bool);

    /// @notice What is known of `key` now, with the reason where it doesn't count.
    function standingOf(address key) external view returns (Standing memory);
}
