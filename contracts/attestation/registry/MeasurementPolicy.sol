// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AttestationParameters} from "./AttestationParameters.sol";
import {IEvidenceReader} from "./IEvidenceReader.sol";
import {IMeasurementPolicy} from "./IMeasurementPolicy.sol";

/// @title What code governance accepts, and how it must run
/// @notice See {IMeasurementPolicy}.
abstract contract MeasurementPolicy is IMeasurementPolicy, AttestationParameters {
    /// @dev An identity's rule now. A kind's name has 28 characters at most, so that one read finds the revision and says
    /// which kind it is for.
    struct Current {
        uint32 revision;
        bytes28 kind;
    }

    /// @dev A rule, laid out by what is read together: the second word answers whether a verdict still counts.
    struct Revision {
        bytes16 attributes;
        bytes16 attributesMask;
        uint40 endsAt;
        uint32 allowances;
        uint32 maxAgeSeconds;
        uint8 worstConfidence;
        uint8 minimumDevices;
        bool isOpenToAdvisories;
        bool isOnListedPlatforms;
        bytes32 deviceModel;
        bytes32 identity;
        bytes32 kind;
    }

    uint8 private constant WORST_CONFIDENCE = 5;
    uint256 private constant MAX_DEVICES = 16;

    uint32 private _lastRevision;
    mapping(bytes32 identity => Current) private _current;
    mapping(uint256 revision => Revision) private _revisions;
    mapping(uint256 revision => mapping(bytes32 advisory => bool)) private _advisories;
    mapping(uint256 revision => mapping(bytes32 platform => bool)) private _platforms;

    /// @inheritdoc IMeasurementPolicy
    function setRule(
        bytes32 identity,
        Rule calldata rule,
        bytes32[] calldata advisories,
        bytes32[] calldata platforms,
        bool atOnce,
        string calldata why
    ) external restricted {
        _requireSensible(identity, rule, platforms.length);
        uint256 old = _current[identity].revision;
        uint32 revision = ++_lastRevision;
        emit RuleSet(identity, old, revision, _ruleAt(old), rule, advisories, platforms, why);
        if (old != 0) _end(old, atOnce);
        _current[identity] = Current(revision, bytes28(rule.kind));
        _revisions[revision] = Revision({
            attributes: rule.attributes,
            attributesMask: rule.attributesMask,
            endsAt: 0,
            allowances: rule.allowances,
            maxAgeSeconds: rule.maxAgeSeconds,
            worstConfidence: rule.worstConfidence,
            minimumDevices: rule.minimumDevices,
            isOpenToAdvisories: rule.isOpenToAdvisories,
            isOnListedPlatforms: rule.isOnListedPlatforms,
            deviceModel: rule.deviceModel,
            identity: identity,
            kind: rule.kind
        });
        for (uint256 i; i < advisories.length; ++i) {
            _advisories[revision][advisories[i]] = true;
        }
        _listPlatforms(revision, platforms);
    }

    /// @inheritdoc IMeasurementPolicy
    function removeRule(bytes32 identity, bool atOnce, string calldata why) external restricted {
        uint256 revision = _current[identity].revision;
        require(revision != 0, IdentityUnknown(identity));
        emit RuleRemoved(identity, revision, _ruleAt(revision), why);
        delete _current[identity];
        _end(revision, atOnce);
    }

    /// @inheritdoc IMeasurementPolicy
    function endRevision(uint256 revision) external restricted {
        // The one in force ends only by another rule or by none, or its identity would be accepted and count for nothing.
        require(_revisions[revision].endsAt != 0, RuleSenseless("RevisionInForce"));
        _end(revision, true);
    }

    /// @inheritdoc IMeasurementPolicy
    function listPlatforms(bytes32 identity, bytes32[] calldata platforms) external restricted {
        uint256 revision = _current[identity].revision;
        require(_revisions[revision].isOnListedPlatforms, RevisionTakesNoPlatforms(revision));
        _listPlatforms(revision, platforms);
    }

    /// @inheritdoc IMeasurementPolicy
    function ruleOf(bytes32 identity) external view returns (uint256 revision, Rule memory rule) {
        revision = _current[identity].revision;
        rule = _ruleAt(revision);
    }

    /// @inheritdoc IMeasurementPolicy
    function revisionOf(uint256 revision) external view returns (bytes32 identity, uint256 endsAt, Rule memory rule) {
        return (_revisions[revision].identity, _revisions[revision].endsAt, _ruleAt(revision));
    }

    /// @inheritdoc IMeasurementPolicy
    function isListed(uint256 revision, bytes32 name) external view returns (bool) {
        return _advisories[revision][name] || _platforms[revision][name];
    }

    /// @dev The revision by which an identity is judged now, for the kind that the rule is for; 0 where there is none.
    function _revisionFor(bytes32 identity, bytes32 kind) internal view returns (uint32) {
        Current memory current = _current[identity];
        return bytes32(current.kind) == kind ? current.revision : 0;
    }

    /// @dev Last second at which a revision counts; 0 while nothing has ended it.
    function _revisionEnd(uint256 revision) internal view returns (uint256) {
        return _revisions[revision].endsAt;
    }

    /// @dev Whose revision it is, for which kind and model.
    function _subjectOf(uint256 revision) internal view returns (bytes32 identity, bytes32 kind, bytes32 deviceModel) {
        Revision storage kept = _revisions[revision];
        return (kept.identity, kept.kind, kept.deviceModel);
    }

    /// @dev What verifiers are to allow.
    function _allowancesOf(uint256 revision) internal view returns (uint256) {
        return _revisions[revision].allowances;
    }

    /// @dev How long evidence counts at most.
    function _maxAgeOf(uint256 revision) internal view returns (uint256) {
        return _revisions[revision].maxAgeSeconds;
    }

    /// @dev Why findings do not satisfy a revision; zero where they do.
    function _refusal(uint256 revision, IEvidenceReader.Findings memory findings) internal view returns (bytes32) {
        Revision storage rule = _revisions[revision];
        if ((findings.attributes ^ rule.attributes) & rule.attributesMask != 0) return "Attributes";
        if (findings.confidence > rule.worstConfidence) return "Confidence";
        uint256 least = rule.minimumDevices;
        // A rule for a CPU alone names no GPU, and evidence with GPUs has an identity of its own: this holds twice.
        if (least == 0 ? findings.deviceCount != 0 : findings.deviceCount < least) return "DeviceCount";
        if (least != 0 && findings.deviceModel != rule.deviceModel) return "DeviceModel";
        uint256 count = findings.advisories.length;
        if (count != 0) {
            bool isOpen = rule.isOpenToAdvisories;
            for (uint256 i; i < count; ++i) {
                if (_advisories[revision][findings.advisories[i]] == isOpen) return "Advisory";
            }
        }
        if (rule.isOnListedPlatforms && !_platforms[revision][findings.platform]) return "Platform";
        return 0;
    }

    function _listPlatforms(uint256 revision, bytes32[] calldata platforms) private {
        for (uint256 i; i < platforms.length; ++i) {
            // What hides which machine it is on has zero for a platform: to list that would let all of them in.
            require(platforms[i] != 0, RuleSenseless("PlatformZero"));
            _platforms[revision][platforms[i]] = true;
            emit PlatformListed(revision, platforms[i]);
        }
    }

    /// @dev An end that has been set is only ever brought nearer.
    function _end(uint256 revision, bool atOnce) private {
        uint256 kept = _revisions[revision].endsAt;
        uint256 end = atOnce ? block.timestamp - 1 : block.timestamp + _conditions.graceSeconds;
        if (kept != 0 && kept < end) return;
        _revisions[revision].endsAt = uint40(end); // a time near now
        emit RevisionEnds(revision, kept, end);
    }

    function _requireSensible(bytes32 identity, Rule calldata rule, uint256 platformCount) private view {
        require(identity != 0, RuleSenseless("IdentityZero"));
        require(rule.kind != 0 && bytes32(bytes28(rule.kind)) == rule.kind, RuleSenseless("Kind"));
        require(rule.attributes & ~rule.attributesMask == 0, RuleSenseless("AttributesBeyondMask"));
        require(rule.attributesMask != 0, RuleSenseless("AttributesUnpinned"));
        require(rule.worstConfidence != 0 && rule.worstConfidence <= WORST_CONFIDENCE, RuleSenseless("Confidence"));
        require((rule.minimumDevices == 0) == (rule.deviceModel == 0), RuleSenseless("Devices"));
        require(rule.minimumDevices <= MAX_DEVICES, RuleSenseless("Devices"));
        require(rule.maxAgeSeconds != 0 && rule.maxAgeSeconds <= _conditions.maxAgeSeconds, RuleSenseless("MaxAge"));
        require(rule.isOnListedPlatforms || platformCount == 0, RuleSenseless("PlatformsUnused"));
    }

    function _ruleAt(uint256 revision) private view returns (Rule memory) {
        Revision memory kept = _revisions[revision];
        return
            Rule({
                kind: kept.kind,
                attributes: kept.attributes,
                attributesMask: kept.attributesMask,
                allowances: kept.allowances,
                worstConfidence: kept.worstConfidence,
                minimumDevices: kept.minimumDevices,
                deviceModel: kept.deviceModel,
                maxAgeSeconds: kept.maxAgeSeconds,
                isOpenToAdvisories: kept.isOpenToAdvisories,
                isOnListedPlatforms: kept.isOnListedPlatforms
            });
    }
}
