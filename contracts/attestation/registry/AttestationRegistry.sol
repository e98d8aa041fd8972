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
    mapping(bytes16 certificatesTag => uint24 alarm) private _struck;

    /// @param authority The access manager.
    /// @param parameters One value for each parameter, in their order.
    /// @param readers Those that serve from the beginning.
    constructor(
        address authority,
        uint256[] memory parameters,
        IEvidenceReader[] memory readers
    ) AttestationParameters(authority, parameters) EvidenceRouter(readers) {}

    /// @inheritdoc IAttestationRegistry
    function submit(
        address key,
        bytes32 identity,
        uint256 challengeBlock,
        bytes calldata evidence,
        bytes calldata proof
    ) external nonReentrant {
        require(key != address(0), KeyZero());
        bytes32 challenge = BlockHistory.hashOf(challengeBlock, _conditions.challengeBlocks);
        require(challenge != 0, ChallengeStale(challengeBlock));
        uint256 keptBlock = _records[key].challengeBlock;
        // The evidence that is kept already: whoever was first with it, the result is the same.
        if (challengeBlock == keptBlock) return _rejudge(key, challenge, evidence, proof);
        require(challengeBlock > keptBlock, NotNewer(keptBlock, challengeBlock));
        (IEvidenceReader.Findings memory findings, uint8 serial, Current memory rule) = _read(
            key,
            identity,
            challenge,
            evidence,
            proof
        );
        require(findings.outcome == Outcome.Accepted, EvidenceNotAccepted(findings.outcome, findings.reason));
        bytes32 reason = _refusal(rule, findings);
        require(reason == 0, PolicyRefused(reason));
        // Both fit: a block's number, and now.
        _keep(key, findings, serial, rule, uint32(challengeBlock), uint32(block.timestamp));
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
        bytes16 tag = certificatesTagOf(record.platform, certificates);
        require(record.attestedAt != 0 && record.certificatesTag == tag, CertificatesDiffer(key));
        // One found wrong has no say any more about certificates that others' verdicts rest on as well.
        require(!isRetired(record.serial), ReaderNotServing(record.serial));
        IEvidenceReader reader = readerBySerial(record.serial);
        bytes32 problem;
        for (uint256 i; i < certificates.length && problem == 0; ++i) {
            problem = reader.certificateProblem(certificates[i]);
        }
        uint24 alarm = _struck[tag];
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
    function struckBy(bytes16 certificatesTag) external view returns (uint256 alarm) {
        return _struck[certificatesTag];
    }

    /// @inheritdoc IAttestationRegistry
    function certificatesTagOf(bytes32 platform, bytes32[] memory certificates) public pure returns (bytes16) {
        return bytes16(keccak256(abi.encodePacked(platform, certificates)));
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
        (bytes32 identity, , ) = _subjectOf(record.revision);
        (IEvidenceReader.Findings memory findings, uint8 serial, Current memory rule) = _read(
            key,
            identity,
            challenge,
            evidence,
            proof
        );
        require(bytes8(findings.reportHash) == record.reportTag, NotTheEvidenceKept(key));
        _lookAt(record.term, serial, findings.ground, findings.epoch);
        uint256 graceEnd = _graceEnd(record);
        bytes32 reason = findings.reason;
        if (findings.outcome == Outcome.Accepted) reason = _refusal(rule, findings);
        if (reason == 0) {
            // Grace that was given can't be taken away by whoever is first to have all judged by what is new.
            if (_validityEnd(rule, record.attestedAt, findings.validUntil) < graceEnd) return;
            _keep(key, findings, serial, rule, record.challengeBlock, record.attestedAt);
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

    /// @dev What a reader finds, once it is certain that it is about this key and as this identity. Not what it proves
    /// nothing by: of that anyone can make as much as they like.
    function _read(
        address key,
        bytes32 identity,
        bytes32 challenge,
        bytes calldata evidence,
        bytes calldata proof
    ) private returns (IEvidenceReader.Findings memory findings, uint8 serial, Current memory rule) {
        rule = _requireRule(identity);
        IEvidenceReader reader;
        (reader, serial) = _requireReader(rule.kindNumber);
        findings = reader.read(evidence, rule.allowances, challenge, proof);
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
        Current memory rule,
        uint32 challengeBlock,
        uint32 attestedAt
    ) private {
        Record storage kept = _records[key];
        Record memory record;
        record.validUntil = uint32(_validityEnd(rule, attestedAt, findings.validUntil)); // 90 days after the other
        record.attestedAt = attestedAt;
        record.challengeBlock = challengeBlock;
        record.term = _lookAt(kept.term, serial, findings.ground, findings.epoch);
        record.revision = rule.revision;
        record.alarms = _conditions.alarms;
        record.serial = serial;
        record.confidence = findings.confidence;
        record.deviceCount = findings.deviceCount;
        record.reportTag = bytes8(findings.reportHash);
        record.certificatesTag = certificatesTagOf(findings.platform, findings.certificates);
        record.platform = findings.platform;
        if (findings.advisories.length != 0) {
            record.advisoriesId = bytes16(keccak256(abi.encodePacked(findings.advisories)));
        }
        // The tag is of the platform as well, so where it is the same the third word is too.
        if (
            kept.certificatesTag == record.certificatesTag &&
            kept.advisoriesId == record.advisoriesId &&
            kept.revision == record.revision &&
            kept.confidence == record.confidence
        ) {
            emit Renewed(key, record.validUntil);
            _writeFirstWord(kept, record);
            return;
        }
        _records[key] = record;
        emit Attested(
            key,
            findings.identity,
            findings.platform,
            record,
            findings.status,
            findings.evaluationNumber,
            findings.certificates,
            findings.advisories
        );
    }

    /// @dev All that a renewal changes, which stands in one word.
    function _writeFirstWord(Record storage kept, Record memory record) private {
        kept.validUntil = record.validUntil;
        kept.attestedAt = record.attestedAt;
        kept.challengeBlock = record.challengeBlock;
        kept.term = record.term;
        kept.revision = record.revision;
        kept.alarms = record.alarms;
        kept.serial = record.serial;
        kept.confidence = record.confidence;
        kept.deviceCount = record.deviceCount;
        kept.reportTag = record.reportTag;
    }

    /// @dev Why a verdict does not count now; zero where it does.
    function _problemOf(Record storage record, address key) private view returns (bytes32) {
        // Each word's fields at once, so that it is read once.
        (uint256 until, uint256 alarms, uint256 serial, uint256 revision, uint256 term) = (
            record.validUntil,
            record.alarms,
            record.serial,
            record.revision,
            record.term
        );
        if (block.timestamp > until) {
            if (term == 0) return "KeyUnknown";
            return until == 0 ? _falls[key] : bytes32("Expired");
        }
        (uint256 retired, uint256 allAlarms, uint256 lookAgain) = (
            _conditions.retiredReaders,
            _conditions.alarms,
            _conditions.lookAgainSeconds
        );
        if ((retired >> serial) & 1 != 0) return "ReaderRetired";
        uint256 end = _revisionEnd(revision);
        if (end != 0 && block.timestamp > end) return "PolicyEnded";
        // What was judged after the last alarm was judged with certificates that no alarm was about.
        if (alarms != allAlarms && _struck[record.certificatesTag] > alarms) return "CertificateRevoked";
        return _termProblem(term, lookAgain);
    }
}
