// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {EvidenceRouter} from "./EvidenceRouter.sol";
import {IEvidenceReader} from "./IEvidenceReader.sol";
import {IMeasurementPolicy} from "./IMeasurementPolicy.sol";

/// @title What code governance accepts, and how it must run
/// @notice See {IMeasurementPolicy}.
abstract contract MeasurementPolicy is IMeasurementPolicy, EvidenceRouter {
    /// @dev An identity's rule now: in one word all that judging usually takes.
    struct Current {
        bytes16 attributes;
        uint32 allowances;
        uint24 revision;
        uint16 kindNumber;
        uint16 maxAgeHours;
        uint8 worstConfidence;
        uint8 minimumDevices;
        uint8 flags;
    }

    /// @dev A rule for ever. The first word answers whether a verdict still counts.
    struct Revision {
        uint40 endsAt;
        bytes32 identity;
        Rule rule;
    }

    uint8 private constant OPEN_TO_ADVISORIES = 1;
    uint8 private constant ON_LISTED_PLATFORMS = 2;
    uint8 private constant ATTRIBUTES_MASKED = 4;

    uint8 private constant WORST_CONFIDENCE = 5;
    uint256 private constant MAX_DEVICES = 16;
    bytes16 private constant EVERY_BIT = bytes16(type(uint128).max);

    uint24 private _lastRevision;
    mapping(bytes32 identity => Current) private _current;
    /// @dev By number. An array, as its places are found without hashing.
    Revision[2 ** 24] private _revisions;
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
        uint24 revision = ++_lastRevision;
        emit RuleSet(identity, old, revision, _revisions[old].rule, rule, advisories, platforms, why);
        if (old != 0) _end(old, atOnce);
        _current[identity] = Current({
            attributes: rule.attributes,
            allowances: rule.allowances,
            revision: revision,
            kindNumber: _numberOf(rule.kind),
            maxAgeHours: rule.maxAgeHours,
            worstConfidence: rule.worstConfidence,
            minimumDevices: rule.minimumDevices,
            flags: (rule.isOpenToAdvisories ? OPEN_TO_ADVISORIES : 0) |
                (rule.isOnListedPlatforms ? ON_LISTED_PLATFORMS : 0) |
                (rule.attributesMask != EVERY_BIT ? ATTRIBUTES_MASKED : 0)
        });
        _revisions[revision].identity = identity;
        _revisions[revision].rule = rule;
        for (uint256 i; i < advisories.length; ++i) {
            _advisories[revision][advisories[i]] = true;
        }
        _listPlatforms(revision, platforms);
    }

    /// @inheritdoc IMeasurementPolicy
    function removeRule(bytes32 identity, bool atOnce, string calldata why) external restricted {
        uint256 revision = _current[identity].revision;
        require(revision != 0, IdentityUnknown(identity));
        emit RuleRemoved(identity, revision, _revisions[revision].rule, why);
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
        require(_revisions[revision].rule.isOnListedPlatforms, RevisionTakesNoPlatforms(revision));
        _listPlatforms(revision, platforms);
    }

    /// @inheritdoc IMeasurementPolicy
    function ruleOf(bytes32 identity) external view returns (uint256 revision, Rule memory rule) {
        revision = _current[identity].revision;
        rule = _revisions[revision].rule;
    }

    /// @inheritdoc IMeasurementPolicy
    function revisionOf(uint256 revision) external view returns (bytes32 identity, uint256 endsAt, Rule memory rule) {
        Revision storage kept = _revisions[revision];
        return (kept.identity, kept.endsAt, kept.rule);
    }

    /// @inheritdoc IMeasurementPolicy
    function isListed(uint256 revision, bytes32 name) external view returns (bool) {
        return _advisories[revision][name] || _platforms[revision][name];
    }

    /// @dev The rule by which an identity is judged now.
    function _requireRule(bytes32 identity) internal view returns (Current memory current) {
        current = _current[identity];
        require(current.revision != 0, IdentityUnknown(identity));
    }

    /// @dev Last second at which a revision counts; 0 while nothing has ended it.
    function _revisionEnd(uint256 revision) internal view returns (uint256) {
        return _revisions[revision].endsAt;
    }

    /// @dev Whose revision it is, for which kind and model.
    function _subjectOf(uint256 revision) internal view returns (bytes32 identity, bytes32 kind, bytes32 deviceModel) {
        Revision storage kept = _revisions[revision];
        return (kept.identity, kept.rule.kind, kept.rule.deviceModel);
    }

    /// @dev Why findings do not satisfy a rule; zero where they do.
    function _refusal(Current memory rule, IEvidenceReader.Findings memory findings) internal view returns (bytes32) {
        uint256 revision = rule.revision;
        bytes16 unlike = findings.attributes ^ rule.attributes;
        if (rule.flags & ATTRIBUTES_MASKED != 0) unlike &= _revisions[revision].rule.attributesMask;
        if (unlike != 0) return "Attributes";
        if (findings.confidence > rule.worstConfidence) return "Confidence";
        uint256 least = rule.minimumDevices;
        // A rule for a CPU alone names no GPU, and evidence with GPUs has an identity of its own: this holds twice.
        if (least == 0 ? findings.deviceCount != 0 : findings.deviceCount < least) return "DeviceCount";
        if (least != 0 && findings.deviceModel != _revisions[revision].rule.deviceModel) return "DeviceModel";
        bool isOpen = rule.flags & OPEN_TO_ADVISORIES != 0;
        for (uint256 i; i < findings.advisories.length; ++i) {
            if (_advisories[revision][findings.advisories[i]] == isOpen) return "Advisory";
        }
        if (rule.flags & ON_LISTED_PLATFORMS != 0 && !_platforms[revision][findings.platform]) return "Platform";
        return 0;
    }

    /// @dev Last second at which evidence accepted at a time can count.
    function _validityEnd(Current memory rule, uint256 attestedAt, uint256 validUntil) internal view returns (uint256) {
        uint256 ageHours = Math.min(rule.maxAgeHours, _conditions.maxAgeHours);
        return Math.min(attestedAt + ageHours * 1 hours, validUntil);
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
        require(rule.kind != 0, RuleSenseless("Kind"));
        require(rule.attributes & ~rule.attributesMask == 0, RuleSenseless("AttributesBeyondMask"));
        require(rule.attributesMask != 0, RuleSenseless("AttributesUnpinned"));
        require(rule.worstConfidence != 0 && rule.worstConfidence <= WORST_CONFIDENCE, RuleSenseless("Confidence"));
        require((rule.minimumDevices == 0) == (rule.deviceModel == 0), RuleSenseless("Devices"));
        require(rule.minimumDevices <= MAX_DEVICES, RuleSenseless("Devices"));
        require(rule.maxAgeHours != 0 && rule.maxAgeHours <= _conditions.maxAgeHours, RuleSenseless("MaxAge"));
        require(rule.isOnListedPlatforms || platformCount == 0, RuleSenseless("PlatformsUnused"));
    }
}
