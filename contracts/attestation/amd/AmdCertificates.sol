// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {DerCursor} from "../../cryptography/DerCursor.sol";

import {DataBlob} from "../DataBlob.sol";
import {RevocationListContent} from "../RevocationListContent.sol";
import {X509Certificate} from "../intel/X509Certificate.sol";
import {AmdCertificate} from "./AmdCertificate.sol";
import {AmdProduct} from "./AmdProduct.sol";
import {AmdProductLine} from "./AmdProductLine.sol";
import {EndorsementExtensions} from "./EndorsementExtensions.sol";
import {IAmdCertificates} from "./IAmdCertificates.sol";
import {RsaSignedDer} from "./RsaSignedDer.sol";

/// @title AMD's certificates and revocation lists, put in by anyone
/// @notice See {IAmdCertificates}.
contract AmdCertificates is IAmdCertificates {
    using AmdCertificate for AmdCertificate.Fields;
    using EndorsementExtensions for EndorsementExtensions.Content;
    using RsaSignedDer for RsaSignedDer.Opened;

    /// @dev Keccak-256 of the moduli of ARK-Milan, ARK-Genoa and ARK-Turin that AMD publishes.
    bytes32 private constant ARK_MILAN = 0x8e5e81b6abc696c5c73657fe88755e5deca679089b5d7d1f29bd8ddd7ab8fd0a;
    bytes32 private constant ARK_GENOA = 0x95d3e504d122dc9f83af49cea4730c8540b46618affb48930630d6e47309cff5;
    bytes32 private constant ARK_TURIN = 0xdd825ecef2a051f9c004eff031d2d6d7aa33ef5ee09ecc88bc7b252745e5285e;

    uint256 private constant MAX_AUTHORITIES = 255;

    bool private immutable IS_PRODUCTION;

    uint256 private _authorityCount;
    mapping(AmdProduct product => Root) private _roots;
    mapping(uint256 authority => Authority) private _authorities;
    mapping(bytes32 subjectAndModulus => uint256 authority) private _byKey;
    mapping(AmdProduct product => RevocationList) private _lists;
    mapping(AmdProduct product => mapping(bytes16 serial => bool)) private _revoked;
    mapping(bytes32 id => Endorsement) private _endorsements;

    /// @notice The roots' certificates, DER. They are trusted because whoever deploys says so: nothing vouches for them.
    constructor(bytes memory milan, bytes memory genoa, bytes memory turin) {
        bytes32 milanKey = _putRoot(AmdProduct.Milan, milan);
        bytes32 genoaKey = _putRoot(AmdProduct.Genoa, genoa);
        bytes32 turinKey = _putRoot(AmdProduct.Turin, turin);
        IS_PRODUCTION = milanKey == ARK_MILAN && genoaKey == ARK_GENOA && turinKey == ARK_TURIN;
    }

    /// @inheritdoc IAmdCertificates
    function putAuthority(AmdProduct product, bytes calldata der) external returns (uint256 authority) {
        Root memory root = getRoot(product);
        RsaSignedDer.Opened memory opened = RsaSignedDer.open(der);
        AmdCertificate.Fields memory fields = AmdCertificate.parse(opened);
        require(fields.issuer == root.subject, IssuerUnknown(fields.issuer));
        _requireNow(fields.notBefore, fields.notAfter);
        Role role = _roleOf(fields, product);
        // With no list of the root's yet there is nothing to ask; verdicts ask again.
        require(!_revoked[product][fields.serial], X509Certificate.CertificateRefused("Revoked"));
        require(opened.isSignedBy(_modulus(root.modulus)), SignatureInvalid());

        bytes32 key = _keyOf(fields.subject, DerCursor.hash(fields.key, fields.key + AmdCertificate.MODULUS_BYTES));
        authority = _byKey[key];
        address modulus;
        if (authority == 0) {
            authority = ++_authorityCount;
            require(authority <= MAX_AUTHORITIES, NumberTooLarge(authority));
            _byKey[key] = authority;
            modulus = DataBlob.write(fields.key, AmdCertificate.MODULUS_BYTES);
        } else {
            Authority storage stored = _authorities[authority];
            // What no verdict counts any more may give way to an older one that still counts.
            require(
                fields.notBefore > stored.notBefore ||
                    _revoked[product][stored.serial] ||
                    block.timestamp > stored.notAfter,
                NotNewer(stored.notBefore, fields.notBefore)
            );
            modulus = stored.modulus;
        }
        // The window was checked against now, so its start fits; a far end is brought near, which only shortens it.
        _authorities[authority] = Authority({
            modulus: modulus,
            notBefore: uint32(fields.notBefore),
            notAfter: _clamp(fields.notAfter),
            product: product,
            role: role,
            subject: fields.subject,
            serial: fields.serial
        });
        emit AuthorityPut(authority, product, role, fields.serial, fields.notAfter);
    }

    /// @inheritdoc IAmdCertificates
    function putRevocationList(AmdProduct product, bytes calldata der) external {
        Root memory root = getRoot(product);
        RsaSignedDer.Opened memory opened = RsaSignedDer.open(der);
        RevocationListContent.Fields memory fields = opened.revocationList();
        require(fields.issuer == root.subject, IssuerUnknown(fields.issuer));
        _requireNow(fields.thisUpdate, fields.nextUpdate);
        RevocationList memory stored = _lists[product];
        require(fields.number <= type(uint128).max, NumberTooLarge(fields.number));
        require(fields.number >= stored.number, NotNewer(stored.number, fields.number));
        require(fields.thisUpdate > stored.thisUpdate, NotNewer(stored.thisUpdate, fields.thisUpdate));
        require(opened.isSignedBy(_modulus(root.modulus)), SignatureInvalid());

        _lists[product] = RevocationList({
            number: uint128(fields.number), // checked above
            thisUpdate: uint32(fields.thisUpdate), // not after now
            nextUpdate: _clamp(fields.nextUpdate)
        });
        mapping(bytes16 serial => bool) storage revoked = _revoked[product];
        for (uint256 i = 0; i < fields.serials.length; ++i) {
            bytes16 serial = fields.serials[i];
            if (revoked[serial]) continue;
            revoked[serial] = true;
            emit SerialRevoked(product, serial);
        }
        emit RevocationListPut(product, fields.number, fields.thisUpdate, fields.nextUpdate, fields.serials.length);
    }

    /// @inheritdoc IAmdCertificates
    function putEndorsement(
        uint256 authority,
        bytes calldata der
    ) external returns (bytes32 id, Endorsement memory endorsement) {
        bool known;
        (id, endorsement, known) = _parseEndorsement(authority, der);
        if (!known) _keep(id, endorsement);
    }

    /// @inheritdoc IAmdCertificates
    function examineEndorsement(
        uint256 authority,
        bytes calldata der
    ) external returns (bytes32 id, Endorsement memory endorsement, bool kept) {
        (id, endorsement, kept) = _parseEndorsement(authority, der);
        if (kept) return (id, endorsement, kept);
        bytes32 seal = keccak256(abi.encode(endorsement));
        // Transient: nothing of it is left after the transaction.
        assembly ("memory-safe") {
            tstore(id, seal)
        }
    }

    /// @inheritdoc IAmdCertificates
    function keepExaminedEndorsement(bytes32 id, Endorsement calldata endorsement) external {
        bytes32 seal;
        assembly ("memory-safe") {
            seal := tload(id)
        }
        // No certificate has a seal of zero; one already kept was never sealed.
        require(seal != 0 && seal == keccak256(abi.encode(endorsement)), NotExamined(id));
        _keep(id, endorsement);
    }

    /// @inheritdoc IAmdCertificates
    function readEndorsement(
        uint256 authority,
        bytes calldata der
    ) external view returns (bytes32 id, Endorsement memory endorsement) {
        (id, endorsement, ) = _parseEndorsement(authority, der);
    }

    /// @inheritdoc IAmdCertificates
    function getEndorsement(bytes32 id) external view returns (Endorsement memory endorsement) {
        endorsement = _endorsements[id];
        require(endorsement.kind != KeyKind.None, CertificateUnknown(id));
    }

    /// @inheritdoc IAmdCertificates
    function checkEndorsement(
        Endorsement calldata endorsement
    ) external view returns (bytes32 problem, uint256 validUntil, bytes32 listProblem) {
        Authority storage issuer = _authorities[endorsement.authority];
        AmdProduct product = issuer.product;
        if (product == AmdProduct.None || product != endorsement.product) return ("EndorsementUnknown", 0, 0);
        Root storage root = _roots[product];
        validUntil = _min(_min(endorsement.notAfter, issuer.notAfter), root.notAfter);
        if (block.timestamp > endorsement.notAfter) return ("EndorsementExpired", 0, 0);
        if (block.timestamp > issuer.notAfter) return ("AuthorityExpired", 0, 0);
        if (block.timestamp > root.notAfter) return ("RootExpired", 0, 0);

        mapping(bytes16 serial => bool) storage revoked = _revoked[product];
        if (revoked[root.serial]) return ("RootRevoked", 0, 0);
        if (revoked[issuer.serial]) return ("AuthorityRevoked", 0, 0);
        // The list is the root's, so strictly it is not about what others issued. But AMD numbers all endorsements 0 and
        // gives no list for them; should a number of one ever stand here, that can only mean it.
        if (revoked[endorsement.serial]) return ("EndorsementRevoked", 0, 0);

        uint256 nextUpdate = _lists[product].nextUpdate;
        if (nextUpdate == 0) return (0, validUntil, "CrlMissing");
        if (block.timestamp > nextUpdate) return (0, validUntil, "CrlExpired");
        return (0, _min(validUntil, nextUpdate), 0);
    }

    /// @inheritdoc IAmdCertificates
    function isRevoked(AmdProduct product, bytes16 serial) external view returns (bool) {
        return _revoked[product][serial];
    }

    /// @inheritdoc IAmdCertificates
    function getRoot(AmdProduct product) public view returns (Root memory) {
        require(product != AmdProduct.None, ProductUnknown());
        return _roots[product];
    }

    /// @inheritdoc IAmdCertificates
    function getAuthority(uint256 authority) public view returns (Authority memory) {
        require(_authorities[authority].role != Role.None, CertificateUnknown(bytes32(authority)));
        return _authorities[authority];
    }

    /// @inheritdoc IAmdCertificates
    function findAuthority(bytes32 subject, bytes32 modulus) external view returns (uint256) {
        return _byKey[_keyOf(subject, modulus)];
    }

    /// @inheritdoc IAmdCertificates
    function getRevocationList(AmdProduct product) external view returns (RevocationList memory) {
        return _lists[product];
    }

    /// @inheritdoc IAmdCertificates
    function isProductionRoot() external view returns (bool) {
        return IS_PRODUCTION;
    }

    function _putRoot(AmdProduct product, bytes memory der) private returns (bytes32 key) {
        RsaSignedDer.Opened memory opened = RsaSignedDer.open(der);
        AmdCertificate.Fields memory fields = AmdCertificate.parse(opened);
        uint256 usage = X509Certificate.USAGE_CERTIFICATE_SIGN | X509Certificate.USAGE_CRL_SIGN;
        uint256 end = fields.key + AmdCertificate.MODULUS_BYTES;
        require(
            fields.isCa &&
                fields.isRsa &&
                fields.keyUsage & usage == usage &&
                fields.issuer == fields.subject &&
                fields.isNamed("ARK-", 4, AmdProductLine.nameOf(product), AmdProductLine.NAME_BYTES) &&
                opened.isSignedBy(RsaSignedDer.copy(fields.key, end)),
            RootRefused(product)
        );
        key = DerCursor.hash(fields.key, end);
        _roots[product] = Root({
            modulus: DataBlob.write(fields.key, AmdCertificate.MODULUS_BYTES),
            notBefore: _clamp(fields.notBefore),
            notAfter: _clamp(fields.notAfter),
            subject: fields.subject,
            serial: fields.serial
        });
    }

    function _parseEndorsement(
        uint256 authority,
        bytes calldata der
    ) private view returns (bytes32 id, Endorsement memory endorsement, bool known) {
        id = keccak256(der);
        endorsement = _endorsements[id];
        // A certificate kept has been through all of what follows.
        if (endorsement.kind != KeyKind.None) return (id, endorsement, true);

        Authority memory issuer = getAuthority(authority);
        RsaSignedDer.Opened memory opened = RsaSignedDer.open(der);
        AmdCertificate.Fields memory fields = AmdCertificate.parse(opened);
        require(fields.issuer == issuer.subject, IssuerUnknown(fields.issuer));
        _requireNow(fields.notBefore, fields.notAfter);
        KeyKind kind = _kindOf(fields);
        require(
            kind == (issuer.role == Role.ChipKeys ? KeyKind.Vcek : KeyKind.Vlek),
            X509Certificate.CertificateRefused("IssuerWrong")
        );
        uint64 tcb = fields.vendor.tcbOf(issuer.product);
        require(
            AmdProductLine.isNamed(issuer.product, fields.vendor.productName),
            X509Certificate.CertificateRefused("ProductName")
        );
        endorsement = Endorsement({
            key: DerCursor.hash(fields.key, fields.key + AmdCertificate.POINT_BYTES),
            holder: kind == KeyKind.Vcek ? fields.vendor.chipHash(issuer.product) : fields.vendor.providerHash(),
            tcb: tcb,
            notAfter: _clamp(fields.notAfter),
            authority: uint8(authority), // at most MAX_AUTHORITIES
            product: issuer.product,
            kind: kind,
            serial: fields.serial
        });
        require(opened.isSignedBy(_modulus(issuer.modulus)), SignatureInvalid());
    }

    function _keep(bytes32 id, Endorsement memory endorsement) private {
        _endorsements[id] = endorsement;
        emit EndorsementPut(id, endorsement.holder, endorsement.product, endorsement.kind);
    }

    /// @dev What each of AMD's certificates below a root is for stands in its common name.
    function _roleOf(AmdCertificate.Fields memory fields, AmdProduct product) private pure returns (Role) {
        require(
            fields.isCa && fields.isRsa && fields.keyUsage & X509Certificate.USAGE_CERTIFICATE_SIGN != 0,
            X509Certificate.CertificateRefused("NotAnAuthority")
        );
        bytes32 name = AmdProductLine.nameOf(product);
        if (fields.isNamed("SEV-", 4, name, AmdProductLine.NAME_BYTES)) return Role.ChipKeys;
        require(
            fields.isNamed("SEV-VLEK-", 9, name, AmdProductLine.NAME_BYTES),
            X509Certificate.CertificateRefused("RoleUnknown")
        );
        return Role.LoadedKeys;
    }

    function _kindOf(AmdCertificate.Fields memory fields) private pure returns (KeyKind) {
        require(!fields.isCa && !fields.isRsa, X509Certificate.CertificateRefused("NotAnEndorsement"));
        if (fields.isNamed("SEV-", 4, "VCEK", 4)) return KeyKind.Vcek;
        require(fields.isNamed("SEV-", 4, "VLEK", 4), X509Certificate.CertificateRefused("NotAnEndorsement"));
        return KeyKind.Vlek;
    }

    /// @dev An RSA modulus as an array, from the contract that holds it.
    function _modulus(address blob) private view returns (bytes memory modulus) {
        (uint256 position, uint256 size) = DataBlob.read(blob);
        return RsaSignedDer.copy(position, position + size);
    }

    function _requireNow(uint256 from, uint256 until) private view {
        require(block.timestamp >= from && block.timestamp <= until, OutsideValidity(from, until));
    }

    function _keyOf(bytes32 subject, bytes32 modulus) private pure returns (bytes32) {
        return keccak256(abi.encode(subject, modulus));
    }

    function _clamp(uint256 time) private pure returns (uint32) {
        return uint32(_min(time, type(uint32).max));
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
