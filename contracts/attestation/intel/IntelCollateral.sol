// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {EcdsaP256} from "../../cryptography/EcdsaP256.sol";

import {DataBlob} from "../DataBlob.sol";
import {CollateralKey} from "./CollateralKey.sol";
import {EnclaveIdentityReader} from "./EnclaveIdentityReader.sol";
import {IIntelCertificates} from "./IIntelCertificates.sol";
import {IIntelCollateral} from "./IIntelCollateral.sol";
import {TcbInfoReader} from "./TcbInfoReader.sol";

/// @title Intel's TCB Info and enclave identities, put in by anyone
/// @notice See {IIntelCollateral}.
contract IntelCollateral is IIntelCollateral {
    /// @notice Where Intel's certificates are kept, and with them the root that all trust here comes from.
    IIntelCertificates public immutable CERTIFICATES;

    mapping(bytes32 key => Collateral) private _collateral;

    constructor(IIntelCertificates certificates) {
        CERTIFICATES = certificates;
    }

    /// @inheritdoc IIntelCollateral
    function putTcbInfo(bytes calldata text, bytes calldata signature, uint256 signer) external returns (bytes32 key) {
        _requireSigned(text, signature, signer);
        TcbInfoReader.Fields memory fields = TcbInfoReader.parse(text);
        key = CollateralKey.tcbInfo(fields.isTdx, fields.fmspc);
        if (!_isNewer(key, fields.evaluationNumber, fields.issueDate, fields.nextUpdate)) return key;
        address packed = DataBlob.write(fields.packedAt, fields.packedLength);
        _put(key, packed, fields.evaluationNumber, fields.issueDate, fields.nextUpdate, signer);
    }

    /// @inheritdoc IIntelCollateral
    function putIdentity(bytes calldata text, bytes calldata signature, uint256 signer) external returns (bytes32 key) {
        _requireSigned(text, signature, signer);
        EnclaveIdentityReader.Fields memory fields = EnclaveIdentityReader.parse(text);
        key = fields.id;
        if (!_isNewer(key, fields.evaluationNumber, fields.issueDate, fields.nextUpdate)) return key;
        address packed = DataBlob.write(fields.packedAt, fields.packedLength);
        _put(key, packed, fields.evaluationNumber, fields.issueDate, fields.nextUpdate, signer);
    }

    /// @inheritdoc IIntelCollateral
    function basisFor(bytes32 tcbKey, bytes32 identityKey) external view returns (bytes32 problem, Basis memory basis) {
        Collateral memory tcbInfo = _collateral[tcbKey];
        Collateral memory identity = _collateral[identityKey];
        if (tcbInfo.packed == address(0)) return ("TcbInfoMissing", basis);
        if (block.timestamp > tcbInfo.nextUpdate) return ("TcbInfoExpired", basis);
        if (identity.packed == address(0)) return ("QeIdentityMissing", basis);
        if (block.timestamp > identity.nextUpdate) return ("QeIdentityExpired", basis);
        uint256 until;
        (problem, until) = CERTIFICATES.checkSigner(tcbInfo.signer);
        if (problem != 0) return (problem, basis);
        if (identity.signer != tcbInfo.signer) {
            uint256 other;
            (problem, other) = CERTIFICATES.checkSigner(identity.signer);
            if (problem != 0) return (problem, basis);
            until = _min(until, other);
        }
        until = _min(until, _min(tcbInfo.nextUpdate, identity.nextUpdate));
        basis = Basis({
            tcbInfo: tcbInfo.packed,
            identity: identity.packed,
            evaluationNumber: uint32(_min(tcbInfo.evaluationNumber, identity.evaluationNumber)),
            validUntil: uint64(until) // at most a 32-bit time
        });
    }

    /// @inheritdoc IIntelCollateral
    function get(bytes32 key) external view returns (Collateral memory) {
        return _collateral[key];
    }

    /// @inheritdoc IIntelCollateral
    function tcbInfoKey(bool isTdx, bytes6 fmspc) external pure returns (bytes32) {
        return CollateralKey.tcbInfo(isTdx, fmspc);
    }

    /// @dev The signature first: nothing that Intel did not sign is read at all.
    function _requireSigned(bytes calldata text, bytes calldata signature, uint256 signer) private view {
        (bytes32 problem, ) = CERTIFICATES.checkSigner(signer);
        require(problem == 0, SignerRefused(problem));
        IIntelCertificates.Authority memory key = CERTIFICATES.getAuthority(signer);
        require(signature.length == 64, TextSignatureInvalid());
        (uint256 r, uint256 s) = abi.decode(signature, (uint256, uint256));
        require(EcdsaP256.verify(sha256(text), r, s, key.x, key.y), TextSignatureInvalid());
    }

    /// @dev Reverts for what may not go in; false for what is there already.
    function _isNewer(
        bytes32 key,
        uint256 evaluationNumber,
        uint256 issueDate,
        uint256 nextUpdate
    ) private view returns (bool) {
        require(
            block.timestamp >= issueDate && block.timestamp <= nextUpdate,
            TextOutsideValidity(issueDate, nextUpdate)
        );
        require(evaluationNumber <= type(uint24).max, EvaluationNumberTooLarge(evaluationNumber));
        Collateral memory stored = _collateral[key];
        bool older = evaluationNumber < stored.evaluationNumber || issueDate < stored.issueDate;
        if (!older && (evaluationNumber > stored.evaluationNumber || issueDate > stored.issueDate)) return true;
        // What a signer put in who has since been revoked counts as nothing: a thief's numbers must not stand for ever.
        (bytes32 problem, ) = CERTIFICATES.checkSigner(stored.signer);
        if (problem == "TcbSignerRevoked") return true;
        require(!older, TextNotNewer(stored.evaluationNumber, stored.issueDate));
        return false;
    }

    function _put(
        bytes32 key,
        address packed,
        uint256 evaluationNumber,
        uint256 issueDate,
        uint256 nextUpdate,
        uint256 signer
    ) private {
        _collateral[key] = Collateral({
            packed: packed,
            issueDate: uint32(issueDate), // not after now
            nextUpdate: uint32(_min(nextUpdate, type(uint32).max)), // brought near, never put off
            evaluationNumber: uint24(evaluationNumber), // checked before
            signer: uint8(signer) // an index the certificates contract knows, at most 255
        });
        emit CollateralPut(key, evaluationNumber, issueDate, nextUpdate, packed);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
