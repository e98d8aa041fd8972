// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {EcdsaP256} from "../../cryptography/EcdsaP256.sol";

import {DataBlob} from "../DataBlob.sol";
import {RevocationListContent} from "../RevocationListContent.sol";
import {IIntelCertificates} from "./IIntelCertificates.sol";
import {PckCertificate} from "./PckCertificate.sol";
import {RevocationListReader} from "./RevocationListReader.sol";
import {X509Certificate} from "./X509Certificate.sol";

/// @title Intel's certificates and revocation lists, put in by anyone
/// @notice See {IIntelCertificates}.
contract IntelCertificates is IIntelCertificates {
    using X509Certificate for X509Certificate.Fields;

    /// @dev Keccak-256 of the key, x then y, of the "Intel SGX Root CA" that Intel publishes.
    bytes32 private constant INTEL_ROOT_KEY_HASH = 0x89f72d7c488e5b53a77c23ebcb36970ef7eb5bcf6658e9b8292cfbe4703a8473;

    uint256 private constant ROOT = 0;
    uint256 private constant MAX_AUTHORITIES = 255;
    uint256 private constant FINGERPRINT_BYTES = 16;

    uint256 private immutable ROOT_X;
    uint256 private immutable ROOT_Y;
    uint256 private immutable ROOT_NOT_AFTER;
    uint256 private immutable ROOT_NOT_BEFORE;
    bytes32 private immutable ROOT_SUBJECT;
    bytes16 private immutable ROOT_SERIAL;

    uint256 private _authorityCount;
    mapping(uint256 authority => Authority) private _authorities;
    mapping(uint256 authority => RevocationList) private _lists;
    mapping(bytes32 subjectAndKey => uint256 authority) private _byKey;
    mapping(bytes32 subject => uint256 authority) private _byName;
    mapping(bytes32 id => Pck) private _pcks;

    /// @param root The root's certificate, DER. It is trusted because whoever deploys says so: nothing vouches for it.
    constructor(bytes memory root) {
        X509Certificate.Fields memory fields = X509Certificate.parse(root);
        uint256 usage = X509Certificate.USAGE_CERTIFICATE_SIGN | X509Certificate.USAGE_CRL_SIGN;
        require(
            fields.isCa &&
                fields.keyUsage & usage == usage &&
                fields.issuer == fields.subject &&
                EcdsaP256.verify(fields.digest, fields.r, fields.s, fields.x, fields.y),
            RootRefused()
        );
        ROOT_X = fields.x;
        ROOT_Y = fields.y;
        ROOT_NOT_BEFORE = fields.notBefore;
        ROOT_NOT_AFTER = fields.notAfter;
        ROOT_SUBJECT = fields.subject;
        ROOT_SERIAL = fields.serial;
    }

    /// @inheritdoc IIntelCertificates
    function putAuthority(bytes calldata der) external returns (uint256 authority) {
        X509Certificate.Fields memory fields = X509Certificate.parse(der);
        require(fields.issuer == ROOT_SUBJECT, IssuerUnknown(fields.issuer));
        require(EcdsaP256.verify(fields.digest, fields.r, fields.s, ROOT_X, ROOT_Y), SignatureInvalid());
        _requireNow(fields.notBefore, fields.notAfter);
        Role role = _roleOf(fields);
        // With no list of the root's yet there is nothing to ask; verdicts ask again, and then there must be one.
        require(!_isRevoked(ROOT, fields.serial), X509Certificate.CertificateRefused("Revoked"));

        bytes32 key = _keyOf(fields.subject, fields.x, fields.y);
        authority = _byKey[key];
        if (authority == 0) {
            authority = ++_authorityCount;
            require(authority <= MAX_AUTHORITIES, NumberTooLarge(authority));
            _byKey[key] = authority;
        } else {
            uint256 stored = _authorities[authority].notBefore;
            if (fields.notBefore == stored && fields.serial == _authorities[authority].serial) return authority;
            require(fields.notBefore > stored, NotNewer(stored, fields.notBefore));
        }
        // The window was checked against now, so its start fits; a far end is brought near, which only shortens it.
        _authorities[authority] = Authority({
            x: fields.x,
            y: fields.y,
            subject: fields.subject,
            serial: fields.serial,
            notBefore: uint32(fields.notBefore),
            notAfter: _clamp(fields.notAfter),
            role: role
        });
        if (fields.notBefore >= _authorities[_byName[fields.subject]].notBefore) _byName[fields.subject] = authority;
        emit AuthorityPut(authority, role, fields.serial, fields.notAfter);
    }

    /// @inheritdoc IIntelCertificates
    function putRevocationList(uint256 authority, bytes calldata der, bytes calldata order) external {
        RevocationListReader.Fields memory signed = RevocationListReader.parse(der);
        RevocationListContent.Fields memory fields = signed.list;
        Authority memory issuer = getAuthority(authority);
        require(issuer.role != Role.TcbSigner, X509Certificate.CertificateRefused("IssuerNotCa"));
        require(fields.issuer == issuer.subject, IssuerUnknown(fields.issuer));
        require(EcdsaP256.verify(signed.digest, signed.r, signed.s, issuer.x, issuer.y), SignatureInvalid());
        _requireNow(fields.thisUpdate, fields.nextUpdate);

        RevocationList memory stored = _lists[authority];
        if (fields.number == stored.number && fields.thisUpdate == stored.thisUpdate) return;
        require(fields.number <= type(uint32).max, NumberTooLarge(fields.number));
        require(fields.number >= stored.number, NotNewer(stored.number, fields.number));
        // Intel's lists all bear the number 1, so the date decides as well.
        require(fields.thisUpdate > stored.thisUpdate, NotNewer(stored.thisUpdate, fields.thisUpdate));
        _lists[authority] = RevocationList({
            serials: _writeSerials(fields.serials, order, stored.serials),
            number: uint32(fields.number), // checked above
            thisUpdate: uint32(fields.thisUpdate), // not after now
            nextUpdate: _clamp(fields.nextUpdate)
        });
        emit RevocationListPut(authority, fields.number, fields.thisUpdate, fields.nextUpdate, fields.serials.length);
    }

    /// @inheritdoc IIntelCertificates
    function putPck(bytes calldata der) external returns (bytes32 id, Pck memory pck) {
        bool known;
        (id, pck, known) = _parsePck(der);
        if (known) return (id, pck);
        _pcks[id] = pck;
        emit PckPut(id, pck.ppid, pck.fmspc);
    }

    /// @inheritdoc IIntelCertificates
    function examinePck(bytes calldata der) external returns (bytes32 id, Pck memory pck, bool kept) {
        (id, pck, kept) = _parsePck(der);
        if (kept) return (id, pck, kept);
        bytes32 seal = keccak256(abi.encode(pck));
        // Transient: nothing of it is left after the transaction.
        assembly ("memory-safe") {
            tstore(id, seal)
        }
    }

    /// @inheritdoc IIntelCertificates
    function keepExaminedPck(bytes32 id, Pck calldata pck) external {
        bytes32 seal;
        assembly ("memory-safe") {
            seal := tload(id)
        }
        // No certificate has a seal of zero; one already kept was never sealed.
        require(seal != 0 && seal == keccak256(abi.encode(pck)), NotExamined(id));
        _pcks[id] = pck;
        emit PckPut(id, pck.ppid, pck.fmspc);
    }

    /// @inheritdoc IIntelCertificates
    function readPck(bytes calldata der) external view returns (bytes32 id, Pck memory pck) {
        (id, pck, ) = _parsePck(der);
    }

    /// @inheritdoc IIntelCertificates
    function getPck(bytes32 id) external view returns (Pck memory pck) {
        pck = _pcks[id];
        require(pck.notAfter != 0, CertificateUnknown(id));
    }

    /// @inheritdoc IIntelCertificates
    function checkPck(Pck calldata pck) external view returns (bytes32 problem, uint256 validUntil) {
        Authority storage issuer = _authorities[pck.authority];
        (problem, validUntil) = _checkAuthority(issuer, "PckCaExpired", "PckCaRevoked");
        if (problem != 0) return (problem, 0);
        RevocationList storage list = _lists[pck.authority];
        uint256 until = list.nextUpdate;
        if (until == 0) return ("PckCrlMissing", 0);
        // A list is good until its next one is due, and not at that second.
        if (block.timestamp >= until) return ("PckCrlExpired", 0);
        if (block.timestamp > pck.notAfter) return ("PckExpired", 0);
        if (_isListed(list.serials, pck.serial)) return ("PckRevoked", 0);
        return (0, _min(_min(validUntil, until - 1), pck.notAfter));
    }

    /// @inheritdoc IIntelCertificates
    function checkSigner(uint256 authority) external view returns (bytes32 problem, uint256 validUntil) {
        Authority storage signer = _authorities[authority];
        if (signer.role != Role.TcbSigner) return ("TcbSignerUnknown", 0);
        return _checkAuthority(signer, "TcbSignerExpired", "TcbSignerRevoked");
    }

    /// @inheritdoc IIntelCertificates
    function isRevoked(uint256 authority, bytes16 serial) external view returns (bool) {
        return _isRevoked(authority, serial);
    }

    /// @inheritdoc IIntelCertificates
    function getAuthority(uint256 authority) public view returns (Authority memory) {
        if (authority == ROOT) {
            return
                Authority({
                    x: ROOT_X,
                    y: ROOT_Y,
                    subject: ROOT_SUBJECT,
                    serial: ROOT_SERIAL,
                    notBefore: _clamp(ROOT_NOT_BEFORE),
                    notAfter: _clamp(ROOT_NOT_AFTER),
                    role: Role.Root
                });
        }
        require(_authorities[authority].role != Role.None, CertificateUnknown(bytes32(authority)));
        return _authorities[authority];
    }

    /// @inheritdoc IIntelCertificates
    function findAuthority(bytes32 subject, uint256 x, uint256 y) external view returns (uint256) {
        return _byKey[_keyOf(subject, x, y)];
    }

    /// @inheritdoc IIntelCertificates
    function authorityNamed(bytes32 subject) external view returns (uint256) {
        return _byName[subject];
    }

    /// @inheritdoc IIntelCertificates
    function getRevocationList(uint256 authority) external view returns (RevocationList memory) {
        return _lists[authority];
    }

    /// @inheritdoc IIntelCertificates
    function isProductionRoot() external view returns (bool) {
        return keccak256(abi.encode(ROOT_X, ROOT_Y)) == INTEL_ROOT_KEY_HASH;
    }

    function _parsePck(bytes calldata der) private view returns (bytes32 id, Pck memory pck, bool known) {
        id = keccak256(der);
        pck = _pcks[id];
        // A certificate kept has been through all of what follows.
        if (pck.notAfter != 0) return (id, pck, true);

        X509Certificate.Fields memory fields = X509Certificate.parse(der);
        uint256 authority = _byName[fields.issuer];
        Authority storage issuer = _authorities[authority];
        require(issuer.role == Role.PlatformCa || issuer.role == Role.ProcessorCa, IssuerUnknown(fields.issuer));
        require(EcdsaP256.verify(fields.digest, fields.r, fields.s, issuer.x, issuer.y), SignatureInvalid());
        _requireNow(fields.notBefore, fields.notAfter);
        require(
            !fields.isCa &&
                fields.keyUsage & X509Certificate.USAGE_DIGITAL_SIGNATURE != 0 &&
                fields.commonNameEndsWith("SGX PCK Certificate", 19) &&
                fields.extension != 0,
            X509Certificate.CertificateRefused("NotAPck")
        );
        PckCertificate.Platform memory platform = PckCertificate.parse(fields.extension, fields.extensionEnd);
        pck = Pck({
            x: fields.x,
            y: fields.y,
            cpuSvn: platform.cpuSvn,
            pceSvn: platform.pceSvn,
            pceId: platform.pceId,
            fmspc: platform.fmspc,
            authority: uint8(authority), // at most MAX_AUTHORITIES
            notAfter: _clamp(fields.notAfter),
            ppid: platform.ppid,
            serial: fields.serial
        });
    }

    /// @dev What each of Intel's certificates below the root is for stands in its common name; Intel's own verifier
    /// goes by the same phrases.
    function _roleOf(X509Certificate.Fields memory fields) private pure returns (Role) {
        if (!fields.isCa) {
            require(
                fields.keyUsage & X509Certificate.USAGE_DIGITAL_SIGNATURE != 0 &&
                    fields.commonNameEndsWith("SGX TCB Signing", 15),
                X509Certificate.CertificateRefused("RoleUnknown")
            );
            return Role.TcbSigner;
        }
        uint256 usage = X509Certificate.USAGE_CERTIFICATE_SIGN | X509Certificate.USAGE_CRL_SIGN;
        require(fields.keyUsage & usage == usage, X509Certificate.CertificateRefused("KeyUsage"));
        if (fields.commonNameEndsWith("SGX PCK Platform CA", 19)) return Role.PlatformCa;
        require(
            fields.commonNameEndsWith("SGX PCK Processor CA", 20),
            X509Certificate.CertificateRefused("RoleUnknown")
        );
        return Role.ProcessorCa;
    }

    /// @dev The part of a chain that every leaf shares: the root, its list, and the certificate below it.
    function _checkAuthority(
        Authority storage authority,
        bytes32 expired,
        bytes32 revoked
    ) private view returns (bytes32 problem, uint256 validUntil) {
        RevocationList storage list = _lists[ROOT];
        uint256 until = list.nextUpdate;
        if (until == 0) return ("RootCrlMissing", 0);
        if (block.timestamp >= until) return ("RootCrlExpired", 0);
        if (block.timestamp > ROOT_NOT_AFTER) return ("RootExpired", 0);
        address serials = list.serials;
        if (_isListed(serials, ROOT_SERIAL)) return ("RootRevoked", 0);
        // Before its window: what a revoked certificate signed is not to be trusted again once it has expired as well.
        if (_isListed(serials, authority.serial)) return (revoked, 0);
        uint256 notAfter = authority.notAfter;
        if (block.timestamp > notAfter) return (expired, 0);
        return (0, _min(_min(until - 1, ROOT_NOT_AFTER), notAfter));
    }

    function _isRevoked(uint256 authority, bytes16 serial) private view returns (bool) {
        return _isListed(_lists[authority].serials, serial);
    }

    /// @dev Binary search among sorted fingerprints.
    function _isListed(address serials, bytes16 serial) private view returns (bool) {
        if (serials == address(0)) return false;
        uint256 low;
        uint256 high = DataBlob.length(serials) / FINGERPRINT_BYTES;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            bytes16 found = bytes16(DataBlob.readWord(serials, middle * FINGERPRINT_BYTES));
            if (found == serial) return true;
            if (found < serial) low = middle + 1;
            else high = middle;
        }
        return false;
    }

    /// @dev Strictly rising means each once, and as many as there are means all: no entry can be left out.
    function _writeSerials(bytes16[] memory serials, bytes calldata order, address stored) private returns (address) {
        uint256 count = serials.length;
        require(order.length == 2 * count, OrderWrong(order.length));
        if (count == 0) return address(0);
        // One byte in front stays zero: it stands for the STOP, so that the hash is that of the code there would be.
        bytes memory sorted = new bytes(64 + count * FINGERPRINT_BYTES);
        uint256 spot;
        assembly ("memory-safe") {
            spot := add(sorted, 0x40)
        }
        bytes16 last;
        for (uint256 i; i < count; ++i) {
            bytes16 serial;
            // `order` has two bytes for each `i`; a position past the end reads as zero, which never rises. The 16
            // zeros stored behind a fingerprint are overwritten next, or lie in the room to spare.
            assembly ("memory-safe") {
                let position := shr(240, calldataload(add(order.offset, shl(1, i))))
                if lt(position, count) {
                    serial := mload(add(add(serials, 0x20), shl(5, position)))
                }
                mstore(add(spot, mul(i, FINGERPRINT_BYTES)), serial)
            }
            require(serial > last, OrderWrong(i));
            last = serial;
        }
        uint256 length = count * FINGERPRINT_BYTES;
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(sub(spot, 1), add(length, 1))
        }
        return stored.codehash == hash ? stored : DataBlob.write(spot, length);
    }

    function _requireNow(uint256 from, uint256 until) private view {
        require(block.timestamp >= from && block.timestamp <= until, OutsideValidity(from, until));
    }

    function _keyOf(bytes32 subject, uint256 x, uint256 y) private pure returns (bytes32) {
        return keccak256(abi.encode(subject, x, y));
    }

    function _clamp(uint256 time) private pure returns (uint32) {
        return uint32(_min(time, type(uint32).max));
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
