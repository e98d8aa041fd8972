// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IP384Verifier} from "../../cryptography/IP384Verifier.sol";
import {INvidiaRevocations} from "./INvidiaRevocations.sol";

/// @title Certificates of NVIDIA's devices, put in by anyone
/// @notice A chain has five certificates: the device root, its family's identity CA, a provisioner's CA, the device's own
/// CA (whose key never changes) and, last, the key that signs reports, which its firmware derives. Each is taken only
/// with the signature of the one above, so the root, which is a constructor argument, decides all.
interface INvidiaCertificates {
    /// @notice A certificate that was taken, together with what follows from those above it.
    /// @param keyHash Its key's name in the registry of tables: Keccak-256 of x then y
    /// @param issuer Id of the certificate above; 0 for the root
    /// @param subject Keccak-256 of its subject's name as encoded
    /// @param name By what revocations know it; see INvidiaRevocations.nameOf
    /// @param notBefore First second at which it and all above it are valid
    /// @param notAfter Last second at which they are
    /// @param depth 0 for the root, 4 for a report key
    /// @param authoritiesBelow How many authorities may still follow; 255 where nothing limits them
    /// @param model First word of the device's common name, such as GH100, left-aligned; 0 above the device
    /// @param firmware Keccak-256 of the firmware id that a report key was derived for; 0 where none is named
    struct Certificate {
        bytes32 keyHash;
        bytes32 issuer;
        bytes32 subject;
        bytes32 name;
        uint40 notBefore;
        uint40 notAfter;
        uint8 depth;
        uint8 authoritiesBelow;
        bytes32 model;
        bytes32 firmware;
    }

    /// @notice A report key whose chain was looked at.
    /// @param keyHash The key's name in the registry of tables
    /// @param device The device: the name of its own CA's key
    /// @param model Its model, such as GH100
    /// @param firmware Keccak-256 of the firmware id the key was derived for; 0 where none is named
    /// @param validUntil Last second at which all of its chain is valid
    struct ReportKey {
        bytes32 keyHash;
        bytes32 device;
        bytes32 model;
        bytes32 firmware;
        uint64 validUntil;
    }

    /// @notice A certificate was taken. With it anyone can find the key to be tabled.
    event CertificatePut(bytes32 indexed id, bytes32 indexed issuer, bytes32 indexed keyHash, uint256 depth, bytes key);

    /// @notice Thrown when the constructor's certificate is not that of a root.
    error RootRefused();

    /// @notice Thrown when a certificate is sound and has no place here. The reason is a short ASCII name.
    error CertificateRefused(bytes32 reason);

    /// @notice Thrown when no certificate of this id has been taken.
    error CertificateUnknown(bytes32 id);

    /// @notice Thrown when the issuer named doesn't bear the name that the certificate gives for its issuer.
    error IssuerWrong(bytes32 issuer);

    /// @notice Thrown when the signature is not the issuer's, or the hints are not those of the signature.
    error SignatureInvalid();

    /// @notice Thrown when now is outside the window of a certificate or of one above it.
    error OutsideValidity(uint256 from, uint256 until);

    /// @notice Put a certificate in, below one that has been. One already there is merely returned.
    /// @param der The certificate
    /// @param issuer Id of the issuer's certificate, whose key must have been tabled
    /// @param hints For the issuer's signature, see IP384Verifier
    /// @return id Its id from here on, see {idOf}
    function put(bytes calldata der, bytes32 issuer, bytes calldata hints) external returns (bytes32 id);

    /// @notice A certificate, as kept.
    function get(bytes32 id) external view returns (Certificate memory);

    /// @notice Whether a certificate of this id has been taken.
    function has(bytes32 id) external view returns (bool);

    /// @notice Whether a report key's chain stands now: no window has passed, and no certificate, no key and not the firmware
    /// of the report key is revoked or on hold.
    /// @return problem A short ASCII name of the first thing wrong; zero where nothing is
    /// @return key What is known of it, where nothing is wrong
    function check(bytes32 id) external view returns (bytes32 problem, ReportKey memory key);

    /// @notice Id of a certificate: of its issuer's id, and of what is signed. The signature is not in it, for a
    /// signature has more than one form.
    function idOf(bytes32 issuer, bytes32 signedHash) external pure returns (bytes32);

    /// @notice Id of the root's certificate.
    function ROOT_ID() external view returns (bytes32);

    /// @notice Where signatures are verified.
    function VERIFIER() external view returns (IP384Verifier);

    /// @notice Where it stands which certificates are out of use.
    function REVOCATIONS() external view returns (INvidiaRevocations);

    /// @notice Whether the root's key is that of NVIDIA's own device root. Anything else is a test.
    function isProductionRoot() external view returns (bool);
}
