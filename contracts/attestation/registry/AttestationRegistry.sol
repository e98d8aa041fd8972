// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IAttestedKeys} from "../IAttestedKeys.sol";
import {Outcome} from "../Outcome.sol";
import {TcbStatus} from "../TcbStatus.sol";
import {AttestationParameters} from "./AttestationParameters.sol";
import {BlockHistory} from "./BlockHistory.sol";
import {EvidenceRouter} from "./EvidenceRouter.sol";
import {GroundTerms} from "./GroundTerms.sol";
import {HolderStatement} from "./HolderStatement.sol";
import {IAttestationRegistry} from "./IAttestationRegistry.sol";
import {IEvidenceReader} from "./IEvidenceReader.sol";
import {MeasurementPolicy} from "./MeasurementPolicy.sol";

/// @title Which workers are attested
/// @notice See {IAttestationRegistry}. A verdict is three words of storage. To say whether it counts takes its first word and
/// one each of what can end it: the policy's revision, the collateral's term, and the conditions that hold for all.
contract AttestationRegistry is GroundTerms, MeasurementPolicy, ReentrancyGuardTransient {
    uint8 private constant WORST_CONFIDENCE = 5;

    mapping(address key => Record) private _records;
    /// @dev Only for verdicts that fell.
    mapping(address key => bytes32 reason) private _falls;
    /// @dev With which alarm verdicts on certificates were struck. Those judged since then are judged without the problem.
    mapping(bytes12 certificatesTag => uint32 alarm) private _struck;

    /// @param authority The access manager.
    /// @param parameters One value for each parameter, in their order.
    /// @param readers Those that serve from the beginning.
    constructor(
        address authority,
        uint256[] memory parameters,
        IEvidenceReader[] memory readers
    ) AttestationParameters(authority, parameters) EvidenceRouter(readers) {}

    /// @inheritdoc IAttestationRegistry
    function submit(Submission calldata submission) external nonReentrant {
        address key = submission.key;
        require(key != address(0), KeyZero());
        uint256 keptBlock = _records[key].challengeBlock;
        // The evidence that is kept already: whoever was first with it, the result is the same.
        if (submission.challengeBlock == keptBlock && keptBlock != 0) {
            _rejudge(key, submission.challenge, submission.evidence, submission.proof);
            return;
        }
        require(submission.challengeBlock > keptBlock, NotNewer(keptBlock, submission.challengeBlock));
        bytes32 blockHash = BlockHistory.hashOf(submission.challengeBlock, _conditions.challengeBlocks);
        require(blockHash != 0 && blockHash == submission.challenge, ChallengeStale(submission.challengeBlock));
        (IEvidenceReader.Findings memory findings, uint8 serial, uint32 revision) = _read(
            key,
            submission.kind,
            submission.identity,
            submission.challenge,
            submission.evidence,
            submission.proof
        );
        require(findings.outcome == Outcome.Accepted, EvidenceNotAccepted(findings.outcome, findings.reason));
        bytes32 reason = _refusal(revision, findings);
        require(reason == 0, PolicyRefused(reason));
        // Both fit: a block's number, and now.
        _keep(key, findings, serial, revision, uint40(submission.challengeBlock), uint40(block.timestamp));
    }

    /// @inheritdoc IAttestationRegistry
    function rejudge(
        address key,
        bytes32 challenge,
        bytes calldata evidence,
        bytes calldata proof
    ) external nonReentrant {
        _rejudge(key, challenge, evidence, proof);
    }

    /// @inheritdoc IAttestationRegistry
    function strike(address key, bytes32[] calldata certificates) external {
        Record storage record = _records[key];
        bytes12 tag = _tagOf(certificates);
        require(record.attestedAt != 0 && record.certificatesTag == tag, CertificatesDiffer(key));
        // One found wrong has no say any more about certificates that others' verdicts rest on as well.
        require(!isRetired(record.serial), ReaderNotServing(record.serial));
        IEvidenceReader reader = readerBySerial(record.serial);
        bytes32 problem;
        for (uint256 i; i < certificates.length && problem == 0; ++i) {
            problem = reader.certificateProblem(certificates[i]);
        }
        uint32 alarm = _struck[tag];
        // Known already: an alarm makes every older verdict dearer to ask for, so there is one for each change.
        if (problem == 0 ? alarm == 0 : alarm > record.alarms) return;
        _struck[tag] = problem == 0 ? 0 : ++_conditions.alarms;
        emit CertificatesStruck(tag, problem, certificates);
    }

    /// @inheritdoc IAttestedKeys
    function isAttested(address key) external view returns (bool) {
        return _problemOf(_records[key], key) == 0;
    }

    /// @inheritdoc IAttestationRegistry
    function statusOf(address key) external view returns (bool attested, bytes32 reason) {
        reason = _problemOf(_records[key], key);
        attested = reason == 0;
    }

    /// @inheritdoc IAttestedKeys
    function standingOf(address key) external view returns (Standing memory standing) {
        Record storage record = _records[key];
        standing.reason = _problemOf(record, key);
        standing.attested = standing.reason == 0;
        standing.confidence = record.confidence;
        standing.deviceCount = record.deviceCount;
        (standing.identity, standing.kind, standing.deviceModel) = _subjectOf(record.revision);
        standing.platform = record.platform;
        standing.attestedAt = record.attestedAt;
        standing.validUntil = record.validUntil;
    }

    /// @inheritdoc IAttestationRegistry
    function recordOf(address key) external view returns (Record memory) {
        return _records[key];
    }

    /// @inheritdoc IAttestationRegistry
    function struckBy(bytes12 certificatesTag) external view returns (uint256 alarm) {
        return _struck[certificatesTag];
    }

    /// @inheritdoc IAttestationRegistry
    function holderStatement(
        address key,
        bytes32 challenge,
        bytes32 identity,
        bytes32 devices
    ) external view returns (bytes32) {
        return HolderStatement.hashFor(key, challenge, identity, devices);
    }

    /// @dev Today's judgement of the very report that the verdict came from. It was fresh then; its age is not renewed.
    function _rejudge(address key, bytes32 challenge, bytes calldata evidence, bytes calldata proof) private {
        Record memory record = _records[key];
        require(record.attestedAt != 0, KeyUnknown(key));
        // Not the caller's choice: under another identity's rule it might be refused.
        (bytes32 identity, bytes32 kind, ) = _subjectOf(record.revision);
        (IEvidenceReader.Findings memory findings, uint8 serial, uint32 revision) = _read(
            key,
            kind,
            identity,
            challenge,
            evidence,
            proof
        );
        require(bytes12(findings.reportHash) == record.reportTag, NotTheEvidenceKept(key));
        _lookAt(serial, findings.ground, findings.epoch, false);
        uint256 graceEnd = _graceEnd(record);
        bytes32 reason = findings.reason;
        if (findings.outcome == Outcome.Accepted) reason = _refusal(revision, findings);
        if (reason == 0) {
            uint256 until = _validityEnd(findings, revision, record.attestedAt);
            // Grace that was given can't be taken away by whoever is first to have all judged by what is new.
            if (until < graceEnd) return;
            _keep(key, findings, serial, revision, record.challengeBlock, record.attestedAt);
        } else if (graceEnd == 0 || findings.status == TcbStatus.Revoked) {
            _records[key].validUntil = 0;
            _falls[key] = reason;
            emit Fell(key, reason);
        }
    }

    /// @dev Until when a verdict counts though what it was judged by is out of date; 0 where nothing is, or no longer.
    function _graceEnd(Record memory record) private view returns (uint256 end) {
        end = _termEnd(record.term);
        uint256 other = _revisionEnd(record.revision);
        if (end == 0 || (other != 0 && other < end)) end = other;
        if (record.validUntil < end) end = record.validUntil;
        // What has ended has no grace left to lose, and may fall for the reason it has now.
        if (end < block.timestamp) end = 0;
    }

    /// @dev Last second at which a verdict can count.
    function _validityEnd(
        IEvidenceReader.Findings memory findings,
        uint256 revision,
        uint256 attestedAt
    ) private view returns (uint256 until) {
        until = _maxAgeOf(revision);
        uint256 most = _conditions.maxAgeSeconds;
        if (most < until) until = most;
        until += attestedAt;
        if (findings.validUntil < until) until = findings.validUntil;
    }

    /// @dev What a reader finds, once it is certain that it is about this key and as this identity. Not what it proves
    /// nothing by: of that anyone can make as much as they like.
    function _read(
        address key,
        bytes32 kind,
        bytes32 identity,
        bytes32 challenge,
        bytes calldata evidence,
        bytes calldata proof
    ) private returns (IEvidenceReader.Findings memory findings, uint8 serial, uint32 revision) {
        Reader memory reader = _requireReader(kind);
        serial = reader.serial;
        revision = _revisionFor(identity, kind);
        require(revision != 0, IdentityUnknown(identity));
        findings = reader.reader.read(evidence, _allowancesOf(revision), challenge, proof);
        require(findings.outcome != Outcome.Invalid, EvidenceNotAccepted(findings.outcome, findings.reason));
        require(findings.identity == identity, IdentityDiffers(identity, findings.identity));
        bytes32 expected = HolderStatement.hashFor(key, challenge, identity, findings.devices);
        require(findings.holder == expected, HolderDiffers(expected, findings.holder));
        // What follows holds for every reader that is sound; a verdict of one that is not would be worse than none.
        bool isAccepted = findings.outcome == Outcome.Accepted;
        require(
            (findings.reason == 0) == isAccepted &&
                (findings.devices == 0) == (findings.deviceCount == 0) &&
                findings.reportHash != 0 &&
                (!isAccepted ||
                    (findings.confidence != 0 &&
                        findings.confidence <= WORST_CONFIDENCE &&
                        findings.validUntil >= block.timestamp &&
                        findings.certificates.length != 0)),
            FindingsMalformed()
        );
    }

    function _keep(
        address key,
        IEvidenceReader.Findings memory findings,
        uint8 serial,
        uint32 revision,
        uint40 challengeBlock,
        uint40 attestedAt
    ) private {
        Record memory record = Record({
            // 90 days after a time that fits, at most.
            validUntil: uint40(_validityEnd(findings, revision, attestedAt)),
            attestedAt: attestedAt,
            challengeBlock: challengeBlock,
            term: _lookAt(serial, findings.ground, findings.epoch, false),
            revision: revision,
            alarms: _conditions.alarms,
            serial: serial,
            confidence: findings.confidence,
            deviceCount: findings.deviceCount,
            status: findings.status,
            reportTag: bytes12(findings.reportHash),
            certificatesTag: _tagOf(findings.certificates),
            advisoriesId: findings.advisories.length == 0
                ? bytes8(0)
                : bytes8(keccak256(abi.encodePacked(findings.advisories))),
            platform: findings.platform
        });
        _records[key] = record;
        emit Attested(
            key,
            findings.identity,
            findings.platform,
            record,
            findings.evaluationNumber,
            findings.certificates,
            findings.advisories
        );
    }

    /// @dev Why a verdict does not count now; zero where it does.
    function _problemOf(Record storage record, address key) private view returns (bytes32) {
        uint256 until = record.validUntil;
        if (block.timestamp > until) {
            if (record.attestedAt == 0) return "KeyUnknown";
            return until == 0 ? _falls[key] : bytes32("Expired");
        }
        Conditions memory conditions = _conditions;
        if (_isRetired(conditions, record.serial)) return "ReaderRetired";
        uint256 end = _revisionEnd(record.revision);
        if (end != 0 && block.timestamp > end) return "PolicyEnded";
        // What was judged after the last alarm was judged with certificates that no alarm was about.
        if (record.alarms != conditions.alarms && _struck[record.certificatesTag] > record.alarms)
            return "CertificateRevoked";
        return _termProblem(record.term, conditions);
    }

    /// @dev First bytes of the hash of the ids one after the other.
    function _tagOf(bytes32[] memory certificates) private pure returns (bytes12) {
        return bytes12(keccak256(abi.encodePacked(certificates)));
    }
}
