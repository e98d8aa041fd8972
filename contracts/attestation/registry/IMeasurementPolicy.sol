// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What code governance accepts, and how it must run
/// @notice An identity is a hash that a kind's reader derives from a report (see the README). Without a rule it can't be
/// attested. A rule never changes: setting another begins a new *revision* and ends the old one, at once or after the grace
/// period, so that whatever was judged by the old one has to be judged again.
interface IMeasurementPolicy {
    /// @notice How an identity must run.
    /// @param kind The only kind of evidence that will do
    /// @param attributes What it must run with, bit by bit, as the kind's reader gives it
    /// @param attributesMask Which of these bits are compared. All, unless there is a reason
    /// @param allowances What is allowed that verifiers refuse by default, as the kind's reader defines the bits
    /// @param worstConfidence The worst confidence accepted, 1 to 5
    /// @param minimumDevices How many GPUs must answer; 0 for a CPU alone
    /// @param deviceModel Which model they must be; 0 for a CPU alone
    /// @param maxAgeHours How long evidence counts at most
    /// @param isOpenToAdvisories False: only the advisories listed may apply. True: all may but those listed
    /// @param isOnListedPlatforms Whether only the platforms listed will do
    struct Rule {
        bytes32 kind;
        bytes16 attributes;
        bytes16 attributesMask;
        uint32 allowances;
        uint8 worstConfidence;
        uint8 minimumDevices;
        bytes32 deviceModel;
        uint16 maxAgeHours;
        bool isOpenToAdvisories;
        bool isOnListedPlatforms;
    }

    /// @notice An identity has a rule. `oldRevision` is 0 and `oldRule` all zero where it had none.
    event RuleSet(
        bytes32 indexed identity,
        uint256 oldRevision,
        uint256 newRevision,
        Rule oldRule,
        Rule newRule,
        bytes32[] advisories,
        bytes32[] platforms,
        string why
    );
    /// @notice An identity has no rule any more.
    event RuleRemoved(bytes32 indexed identity, uint256 revision, Rule oldRule, string why);
    /// @notice The last second at which verdicts by a revision can count.
    event RevisionEnds(uint256 indexed revision, uint256 oldEnd, uint256 newEnd);
    /// @notice A platform came onto a revision's list.
    event PlatformListed(uint256 indexed revision, bytes32 indexed platform);

    /// @notice Thrown when an identity has no rule.
    error IdentityUnknown(bytes32 identity);
    /// @notice Thrown when no evidence, or all of it, could satisfy a rule.
    error RuleSenseless(bytes32 reason);
    /// @notice Thrown when a platform is to be listed for a revision that is open to all, or has ended.
    error RevisionTakesNoPlatforms(uint256 revision);

    /// @notice Give an identity a rule, in place of the one it has.
    /// @param advisories Those accepted, or those denied, see `isOpenToAdvisories`
    /// @param platforms Those accepted, if only listed ones are
    /// @param atOnce Whether what was judged by the rule before counts no longer from now on; else grace is given
    /// @param why For people
    function setRule(
        bytes32 identity,
        Rule calldata rule,
        bytes32[] calldata advisories,
        bytes32[] calldata platforms,
        bool atOnce,
        string calldata why
    ) external;

    /// @notice Accept an identity no longer.
    function removeRule(bytes32 identity, bool atOnce, string calldata why) external;

    /// @notice Let what was judged by a revision that has been given grace count no longer from now on.
    function endRevision(uint256 revision) external;

    /// @notice Put more platforms on the list of a rule. This can only widen it, so nothing has to be judged again.
    function listPlatforms(bytes32 identity, bytes32[] calldata platforms) external;

    /// @notice An identity's rule and its revision; 0 and all zero where it has none.
    function ruleOf(bytes32 identity) external view returns (uint256 revision, Rule memory rule);

    /// @notice A revision, ended or not.
    /// @return identity Whose it is
    /// @return endsAt Last second at which it counts; 0 while nothing has ended it
    function revisionOf(uint256 revision) external view returns (bytes32 identity, uint256 endsAt, Rule memory rule);

    /// @notice Whether a name, of an advisory or platform, stands on a revision's list.
    function isListed(uint256 revision, bytes32 name) external view returns (bool);
}
