// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AmdProduct} from "./AmdProduct.sol";

/// @title AMD's certificates and revocation lists, put in by anyone
/// @notice A certificate is taken only with a signature that leads to the root (ARK) of its product line, which this
/// contract was deployed with. What is taken never goes back to an older state, and what has expired stays readable
/// but is refused for verdicts.
interface IAmdCertificates {
    /// @notice What a certificate below a root issues: those of chips' keys (VCEK), or those of keys that a cloud
    /// provider loads into its chips (VLEK). AMD calls the two ASK and ASVK.
    enum Role {
        None,
        ChipKeys,
        LoadedKeys
    }

    /// @notice What kind of key signs reports.
    enum KeyKind {
        None,
        Vcek,
        Vlek
    }

    /// @notice A product line's root.
    /// @param modulus Contract that holds its RSA modulus
    /// @param notBefore First second of validity
    /// @param notAfter Last second of validity
    /// @param subject Keccak-256 of its subject's name as encoded
    /// @param serial Fingerprint of its serial number
    struct Root {
        address modulus;
        uint32 notBefore;
        uint32 notAfter;
        bytes32 subject;
        bytes16 serial;
    }

    /// @notice A certificate that stands directly below a root.
    /// @param modulus Contract that holds its RSA modulus
    /// @param notBefore First second of validity
    /// @param notAfter Last second of validity
    /// @param product The line whose root issued it
    /// @param role What it issues
    /// @param subject Keccak-256 of its subject's name as encoded
    /// @param serial Fingerprint of its serial number
    struct Authority {
        address modulus;
        uint32 notBefore;
        uint32 notAfter;
        AmdProduct product;
        Role role;
        bytes32 subject;
        bytes16 serial;
    }

    /// @notice A root's newest revocation list. Its entries are kept apart, each under its serial number.
    /// @param number The list's own number
    /// @param thisUpdate When it was issued
    /// @param nextUpdate Until when it may be relied on
    struct RevocationList {
        uint128 number;
        uint32 thisUpdate;
        uint32 nextUpdate;
    }

    /// @notice The certificate of a key that signs reports, as kept.
    /// @param key Keccak-256 of its coordinates, the key's name among the P-384 tables
    /// @param holder Of a VCEK the Keccak-256 of the chip's id as reports have it; of a VLEK that of the provider's id
    /// @param tcb The TCB version the key is bound to, as reports have it, the first byte lowest
    /// @param notAfter Last second of validity
    /// @param authority Index of the certificate that issued it
    /// @param product The line of processors
    /// @param kind Which kind of key it is
    /// @param serial Fingerprint of its serial number
    struct Endorsement {
        bytes32 key;
        bytes32 holder;
        uint64 tcb;
        uint32 notAfter;
        uint8 authority;
        AmdProduct product;
        KeyKind kind;
        bytes16 serial;
    }

    /// @notice A certificate below a root was taken.
    event AuthorityPut(
        uint256 indexed authority,
        AmdProduct indexed product,
        Role indexed role,
        bytes16 serial,
        uint256 notAfter
    );

    /// @notice A revocation list was taken.
    event RevocationListPut(
        AmdProduct indexed product,
        uint256 number,
        uint256 thisUpdate,
        uint256 nextUpdate,
        uint256 revoked
    );

    /// @notice A serial number was found revoked for the first time.
    event SerialRevoked(AmdProduct indexed product, bytes16 indexed serial);

    /// @notice The certificate of a key that signs reports was taken.
    event EndorsementPut(bytes32 indexed id, bytes32 indexed holder, AmdProduct indexed product, KeyKind kind);

    /// @notice Thrown when a constructor's certificate is not a self-signed root of its product line.
    error RootRefused(AmdProduct product);

    /// @notice Thrown when there is no such product line.
    error ProductUnknown();

    /// @notice Thrown when the signature was not made by the key of the issuer.
    error SignatureInvalid();

    /// @notice Thrown when the issuer's name is not that of the issuer named.
    error IssuerUnknown(bytes32 issuer);

    /// @notice Thrown when now is outside the window a certificate or list names.
    error OutsideValidity(uint256 from, uint256 until);

    /// @notice Thrown when what is put in is not newer than what is there.
    error NotNewer(uint256 stored, uint256 given);

    /// @notice Thrown when a number is larger than this contract keeps.
    error NumberTooLarge(uint256 number);

    /// @notice Thrown when no certificate is kept under an index or id.
    error CertificateUnknown(bytes32 id);

    /// @notice Thrown when a certificate to be kept was not examined in the same transaction.
    error NotExamined(bytes32 id);

    /// @notice Put in an ASK or ASVK. A certificate for a key already known replaces the one that is there if its validity
    /// began later, or if the one that is there has expired or was revoked; one for a new key is kept beside it.
    /// @return authority Its index, from 1
    function putAuthority(AmdProduct product, bytes calldata der) external returns (uint256 authority);

    /// @notice Put in a root's revocation list. A serial number once revoked stays revoked: AMD's lists may drop one
    /// only when its certificate has expired.
    function putRevocationList(AmdProduct product, bytes calldata der) external;

    /// @notice Put in the certificate of a VCEK or VLEK; one already kept is merely returned.
    /// @param authority Index of its issuer
    function putEndorsement(
        uint256 authority,
        bytes calldata der
    ) external returns (bytes32 id, Endorsement memory endorsement);

    /// @notice What {putEndorsement} would keep, without keeping it, but remembered to the end of the transaction.
    /// @return id Its id
    /// @return endorsement Its content
    /// @return kept Whether it is kept already
    function examineEndorsement(
        uint256 authority,
        bytes calldata der
    ) external returns (bytes32 id, Endorsement memory endorsement, bool kept);

    /// @notice Keep a certificate examined in this transaction. A verifier examines first and keeps only what came
    /// with genuine evidence.
    function keepExaminedEndorsement(bytes32 id, Endorsement calldata endorsement) external;

    /// @notice What {putEndorsement} would keep.
    function readEndorsement(
        uint256 authority,
        bytes calldata der
    ) external view returns (bytes32 id, Endorsement memory endorsement);

    /// @notice A VCEK's or VLEK's certificate by the Keccak-256 of its DER.
    function getEndorsement(bytes32 id) external view returns (Endorsement memory);

    /// @notice Whether the chain of an endorsement stands now: its own window, its issuer's, the root's, and that none
    /// of them is known to be revoked.
    /// @return problem A short ASCII name of the first thing wrong; zero where nothing is
    /// @return validUntil The last second at which all of it stands, the list included where it has no problem
    /// @return listProblem Why it can't be said that nothing was revoked lately: the list is missing or has expired
    function checkEndorsement(
        Endorsement calldata endorsement
    ) external view returns (bytes32 problem, uint256 validUntil, bytes32 listProblem);

    /// @notice Whether a root has revoked a serial number, by its fingerprint.
    function isRevoked(AmdProduct product, bytes16 serial) external view returns (bool);

    /// @notice A product line's root.
    function getRoot(AmdProduct product) external view returns (Root memory);

    /// @notice A certificate below a root.
    function getAuthority(uint256 authority) external view returns (Authority memory);

    /// @notice Index of the authority with this subject's name and modulus, both as Keccak-256; 0 where there is none.
    function findAuthority(bytes32 subject, bytes32 modulus) external view returns (uint256);

    /// @notice A root's newest revocation list.
    function getRevocationList(AmdProduct product) external view returns (RevocationList memory);

    /// @notice Whether all three roots are AMD's own. Anything else is a test.
    function isProductionRoot() external view returns (bool);
}
