// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Intel's certificates and revocation lists, put in by anyone
/// @notice A certificate is taken only with a signature that leads to the one root this contract was deployed with.
/// What is taken never goes back to an older state, and what has expired stays readable but is refused for verdicts.
interface IIntelCertificates {
    /// @notice What a certificate below the root may do here. A PCK CA issues platforms' certificates and the list of
    /// those it revoked; the TCB signer signs TCB Info and identities.
    enum Role {
        None,
        Root,
        PlatformCa,
        ProcessorCa,
        TcbSigner
    }

    /// @notice A certificate that stands directly below the root.
    /// @param x First coordinate of its key
    /// @param y Second coordinate of it
    /// @param subject Keccak-256 of its subject's name as encoded
    /// @param serial Fingerprint of its serial number
    /// @param notBefore First second of validity
    /// @param notAfter Last second of validity
    /// @param role What it may do
    struct Authority {
        uint256 x;
        uint256 y;
        bytes32 subject;
        bytes16 serial;
        uint32 notBefore;
        uint32 notAfter;
        Role role;
    }

    /// @notice The newest revocation list of an authority.
    /// @param serials Where the revoked serials' fingerprints lie, sorted; zero where none is revoked
    /// @param number The list's own number
    /// @param thisUpdate When it was issued
    /// @param nextUpdate When the next one is due, from which second on it may not be relied on
    struct RevocationList {
        address serials;
        uint32 number;
        uint32 thisUpdate;
        uint32 nextUpdate;
    }

    /// @notice A platform's certificate, as kept.
    /// @param x First coordinate of its key
    /// @param y Second coordinate of it
    /// @param cpuSvn The sixteen component SVNs
    /// @param pceSvn SVN of the provisioning certification enclave
    /// @param pceId Id of that enclave
    /// @param fmspc The platform's kind, for which TCB Info is issued
    /// @param authority Index of the PCK CA that issued it
    /// @param notAfter Last second of validity
    /// @param ppid The platform's id
    /// @param serial Fingerprint of its serial number
    struct Pck {
        uint256 x;
        uint256 y;
        bytes16 cpuSvn;
        uint16 pceSvn;
        bytes2 pceId;
        bytes6 fmspc;
        uint8 authority;
        uint32 notAfter;
        bytes16 ppid;
        bytes16 serial;
    }

    /// @notice A certificate below the root was taken.
    event AuthorityPut(uint256 indexed authority, Role indexed role, bytes16 serial, uint256 notAfter);

    /// @notice A revocation list was taken.
    event RevocationListPut(
        uint256 indexed authority,
        uint256 number,
        uint256 thisUpdate,
        uint256 nextUpdate,
        uint256 revoked
    );

    /// @notice A platform's certificate was taken.
    event PckPut(bytes32 indexed id, bytes16 indexed ppid, bytes6 indexed fmspc);

    /// @notice Thrown when the constructor's certificate is not a self-signed root.
    error RootRefused();

    /// @notice Thrown when the signature was not made by the key of the authority named.
    error SignatureInvalid();

    /// @notice Thrown when the issuer's name is not that of an authority known here.
    error IssuerUnknown(bytes32 issuer);

    /// @notice Thrown when now is outside the window a certificate or list names.
    error OutsideValidity(uint256 from, uint256 until);

    /// @notice Thrown when what is put in is neither newer than what is there nor the very same.
    error NotNewer(uint256 stored, uint256 given);

    /// @notice Thrown when a number is larger than this contract keeps.
    error NumberTooLarge(uint256 number);

    /// @notice Thrown when no certificate is kept under an index or id.
    error CertificateUnknown(bytes32 id);

    /// @notice Thrown when a certificate to be kept was not examined in the same transaction.
    error NotExamined(bytes32 id);

    /// @notice Thrown when the order given does not sort the revoked serials: each once, rising.
    error OrderWrong(uint256 position);

    /// @notice Put in a certificate of a PCK CA or a TCB signer. A new one for a key already known replaces the old
    /// if its validity began later; one for a new key is kept beside it. What is there already changes nothing, so that
    /// whoever puts in several things at once can't be made to fail by someone who was first with one of them.
    /// @return authority Its index
    function putAuthority(bytes calldata der) external returns (uint256 authority);

    /// @notice Put in the root's or a PCK CA's revocation list. One of the same number and date changes nothing.
    /// @param authority Index of the issuer
    /// @param order Positions of the list's entries, two bytes each, that sort their fingerprints; a wrong order
    /// makes the call fail and does nothing else
    function putRevocationList(uint256 authority, bytes calldata der, bytes calldata order) external;

    /// @notice Put in a platform's certificate; one already kept is merely returned.
    function putPck(bytes calldata der) external returns (bytes32 id, Pck memory pck);

    /// @notice What {putPck} would keep, without keeping it, but remembered to the end of the transaction.
    /// @return id Its id
    /// @return pck Its content
    /// @return kept Whether it is kept already
    function examinePck(bytes calldata der) external returns (bytes32 id, Pck memory pck, bool kept);

    /// @notice Keep a certificate examined in this transaction. A verifier examines first and keeps only what came
    /// with genuine evidence.
    function keepExaminedPck(bytes32 id, Pck calldata pck) external;

    /// @notice What {putPck} would keep.
    function readPck(bytes calldata der) external view returns (bytes32 id, Pck memory pck);

    /// @notice A platform's certificate by the Keccak-256 of its DER.
    function getPck(bytes32 id) external view returns (Pck memory);

    /// @notice Whether a platform's chain stands now: its own window, its CA's, both revocation lists and the root.
    /// @return problem A short ASCII name of the first thing wrong; zero where nothing is
    /// @return validUntil The last second at which all of it stands
    function checkPck(Pck calldata pck) external view returns (bytes32 problem, uint256 validUntil);

    /// @notice The same for a TCB signer.
    function checkSigner(uint256 authority) external view returns (bytes32 problem, uint256 validUntil);

    /// @notice Whether an authority's list, as it stands, names a serial number.
    function isRevoked(uint256 authority, bytes16 serial) external view returns (bool);

    /// @notice A certificate below the root; index 0 is the root itself.
    function getAuthority(uint256 authority) external view returns (Authority memory);

    /// @notice Index of the authority with this subject and key; 0 where there is none.
    function findAuthority(bytes32 subject, uint256 x, uint256 y) external view returns (uint256);

    /// @notice The newest authority with this subject's name, which new PCK certificates are checked against.
    function authorityNamed(bytes32 subject) external view returns (uint256);

    /// @notice The newest revocation list of an authority.
    function getRevocationList(uint256 authority) external view returns (RevocationList memory);

    /// @notice Whether the root is Intel's own. Anything else is a test.
    function isProductionRoot() external view returns (bool);
}
