// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IAccountVerifier} from "./IAccountVerifier.sol";

/// @title What still vested on the parachain goes on vesting here
/// @notice Beside a MigrationBridge whose tree leaves out what vests: for each schedule of an account a leaf of a second
/// Merkle-sum tree, paid once into an OpenZeppelin VestingWallet of whomever the account's own key names. The wallet frees
/// the amount in a straight line from `start` over `duration`, as the parachain would have.
///
/// Units: `amount` and `CAP` count the parachain's base units (12 decimals), what is paid counts PHA's (× 10^6). Times are
/// Unix seconds.
///
/// Trusted: whoever built the tree, for what is in it; the verifiers, for who agreed. There is no pause, role or upgrade.
///
/// A bridge beside this one must not take native claims (its state root is zero): the state's balances hold what vests too.
interface IVestingClaims {
    /// @notice One schedule of one account, the proof of it, and what its holder signed.
    /// @param number Place of the schedule in the account's list.
    /// @param index Place of the leaf in the tree.
    struct VestingClaim {
        bytes32 account;
        uint64 start;
        uint64 duration;
        uint64 number;
        uint128 amount;
        uint256 index;
        bytes proof;
        address recipient;
        uint8 scheme;
        bool wrapped;
        bytes evidence;
    }

    /// @notice A signature scheme (or kind of account) and what verifies it.
    struct Verifier {
        uint8 scheme;
        IAccountVerifier verifier;
    }

    /// @notice Everything that is fixed at construction.
    /// @param token PHA on this chain, 18 decimals.
    /// @param treasury Receives what is left after the deadline.
    /// @param claimRoot Root of the sum tree of schedules.
    /// @param cap Total of that tree, in the parachain's base units.
    /// @param deadline Last second at which claims are taken.
    struct VestingConfiguration {
        IERC20 token;
        address treasury;
        bytes32 claimRoot;
        uint256 cap;
        uint256 deadline;
        Verifier[] verifiers;
    }

    /// @notice Emitted once, when everything that is owed was there.
    event VestingOpened(uint256 balance);

    /// @notice Emitted when a schedule was paid into its wallet.
    /// @param identity keccak256(account ‖ start ‖ duration ‖ number), the leaf's 32 bytes.
    /// @param paidAmount In PHA's base units.
    event VestingClaimed(
        bytes32 indexed account,
        address indexed recipient,
        bytes32 indexed identity,
        address wallet,
        uint256 paidAmount
    );

    /// @notice Emitted when what was left went to the treasury.
    event VestingSwept(address indexed treasury, uint256 amount);

    /// @notice Thrown when the token is no contract.
    error VestingTokenWithoutCode(address token);

    /// @notice Thrown when the treasury is nobody, the token or the contract itself: what is left could never be had.
    error VestingTreasuryRefused(address treasury);

    /// @notice Thrown when there is no tree.
    error VestingRootIsZero();

    /// @notice Thrown when the cap is zero or above all PHA.
    error VestingCapOutOfRange(uint256 cap, uint256 maximum);

    /// @notice Thrown when the deadline is past, or no time in seconds.
    error VestingDeadlineOutOfRange(uint256 deadline, uint256 earliest, uint256 latest);

    /// @notice Thrown when no verifier is given, one without code, or two for one scheme.
    error VestingVerifiersInvalid(uint256 count);

    /// @notice Thrown when it is open already.
    error VestingAlreadyOpen();

    /// @notice Thrown when less is held than is owed.
    error VestingNotFunded(uint256 balance, uint256 required);

    /// @notice Thrown when a claim comes before the opening.
    error VestingNotOpen();

    /// @notice Thrown after the deadline.
    error VestingDeadlinePassed(uint256 deadline);

    /// @notice Thrown when a sweep comes before the deadline has passed.
    error VestingDeadlineNotPassed(uint256 deadline);

    /// @notice Thrown on a chain other than the one this was deployed on.
    error VestingWrongChain(uint256 expected, uint256 actual);

    /// @notice Thrown when a schedule was paid before.
    error VestingAlreadyClaimed(bytes32 identity);

    /// @notice Thrown for a recipient that could not use a wallet.
    error VestingRecipientRefused(address recipient);

    /// @notice Thrown when nothing verifies a scheme.
    error VestingUnknownScheme(uint8 scheme);

    /// @notice Thrown for an account that no key controls.
    error VestingKeylessAccount(bytes32 account);

    /// @notice Thrown for a schedule of nothing.
    error VestingNothingOwed(bytes32 account);

    /// @notice Thrown when leaf and proof lead elsewhere than to the root and the cap.
    error VestingTreeMismatch(bytes32 root, uint256 total);

    /// @notice Thrown when the evidence does not show that the account agreed.
    error VestingInvalidEvidence(bytes32 account, uint8 scheme);

    /// @notice Opens for claims once it holds CAP × 10^6 PHA. Anyone may.
    function open() external;

    /// @notice Pays one schedule into a new vesting wallet of the recipient that the account's key named. Anyone may send it.
    /// @dev The sentence is the bridge's, `PHA to 0x… by 0x<this contract> on …`; one signature serves all schedules of the
    /// account, since it names the recipient of all of them.
    function claim(VestingClaim calldata request) external returns (address wallet);

    /// @notice After the deadline, sends what is left to the treasury. Anyone may.
    function sweep() external returns (uint256 amount);

    /// @notice Whether a schedule was paid.
    function isClaimed(bytes32 identity) external view returns (bool);

    /// @notice Whether claims are taken.
    function isOpen() external view returns (bool);

    /// @notice What was paid, in PHA's base units.
    function totalPaid() external view returns (uint256);

    /// @notice What verifies a scheme; zero for none.
    function verifierOf(uint8 scheme) external view returns (IAccountVerifier);

    /// @notice What the holder signs.
    function messageFor(address recipient, bool wrapped) external view returns (bytes memory);

    /// @notice 10^6: PHA's base units in one of the parachain's.
    function UNIT_SCALE() external view returns (uint256);

    /// @notice PHA on this chain.
    function TOKEN() external view returns (IERC20);

    /// @notice Receives what is left after the deadline.
    function TREASURY() external view returns (address);

    /// @notice Root of the sum tree of schedules.
    function CLAIM_ROOT() external view returns (bytes32);

    /// @notice Total of that tree, in the parachain's base units.
    function CAP() external view returns (uint256);

    /// @notice Last second at which claims are taken.
    function DEADLINE() external view returns (uint256);

    /// @notice The chain this was deployed on.
    function CHAIN_ID() external view returns (uint256);
}
