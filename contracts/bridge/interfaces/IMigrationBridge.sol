// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IAccountVerifier} from "./IAccountVerifier.sol";
import {IClaimVault} from "./IClaimVault.sol";

/// @title The way of PHA from the parachain, 1:1
/// @notice Pays what the parachain owed, once for each 32-byte account, to whomever the account's own key names. What is
/// owed stands in a Merkle-sum tree whose root and total are fixed at construction.
///
/// Units: `free`, `staked` and `CAP` count the parachain's base units (12 decimals); what is paid counts PHA's (18
/// decimals) and is 10^6 times as much, exactly. Times are Unix seconds.
///
/// Trusted: whoever built the tree, for what is in it; the verifiers, for who agreed; the vault, only by holders who sign
/// for it. Not trusted: callers, relayers, the guardian (may delay within the budget, no more), the deployer.
interface IMigrationBridge {
    /// @notice What one account is owed, the proof of it, and what its holder signed.
    struct Claim {
        bytes32 account;
        uint128 free;
        uint128 staked;
        uint256 index;
        bytes proof;
        address recipient;
        bool intoVault;
        uint8 scheme;
        bool wrapped;
        bytes evidence;
    }

    /// @notice A claim of the native balance alone, straight from the state of the parachain's last block.
    /// @param proof Storage proof of `System.Account(account)`, as SubstrateTrie reads it.
    struct NativeClaim {
        bytes32 account;
        bytes proof;
        address recipient;
        uint8 scheme;
        bool wrapped;
        bytes evidence;
    }

    /// @notice A signature scheme (or kind of account) and what verifies it.
    struct SchemeVerifier {
        uint8 scheme;
        IAccountVerifier verifier;
    }

    /// @notice Everything that is fixed at construction.
    /// @param token PHA on this chain, 18 decimals.
    /// @param authority The access manager that says who may pause.
    /// @param treasury Receives what is left after the deadline.
    /// @param vault Takes staked parts; zero for none.
    /// @param claimRoot Root of the sum tree.
    /// @param cap Total of the sum tree, in the parachain's base units.
    /// @param stateRoot State root of the parachain's last block, for claims of native balances; zero for none.
    /// @param deadline Last second at which claims are taken.
    /// @param pauseBudgetSeconds All seconds that claims can ever be paused.
    /// @param maxPauseSeconds The most that one call pauses ahead.
    /// @param rateLimitCapacity PHA base units (18 decimals) that may go out at once.
    /// @param rateLimitPeriodSeconds Time in which that much drains away, at least.
    /// @param rateLimitEnd Second from which there is no rate limit.
    /// @param verifiers Each scheme once.
    struct Configuration {
        IERC20 token;
        address authority;
        address treasury;
        IClaimVault vault;
        bytes32 claimRoot;
        uint256 cap;
        bytes32 stateRoot;
        uint256 deadline;
        uint256 pauseBudgetSeconds;
        uint256 maxPauseSeconds;
        uint256 rateLimitCapacity;
        uint256 rateLimitPeriodSeconds;
        uint256 rateLimitEnd;
        SchemeVerifier[] verifiers;
    }

    /// @notice The bridge held everything it may owe, and takes claims from now on.
    event Opened(uint256 balance);

    /// @notice An account was paid. A claim of a native balance has it in `free`. `paidAmount` is in PHA base units; with
    /// `intoVault` the staked part of it went into the vault in the recipient's name.
    event Claimed(
        bytes32 indexed account,
        address indexed recipient,
        uint8 scheme,
        uint128 free,
        uint128 staked,
        uint256 paidAmount,
        bool intoVault
    );

    /// @notice One claim of a batch was refused; `reason` is what it reverted with, cut at 256 bytes.
    event ClaimRejected(uint256 indexed index, bytes reason);

    /// @notice Claims are paused until `newUntil`.
    event Paused(uint256 oldUntil, uint256 newUntil, uint256 oldBudgetSeconds, uint256 newBudgetSeconds);

    /// @notice A pause was lifted before its time.
    event Unpaused(uint256 oldUntil, uint256 newUntil, uint256 oldBudgetSeconds, uint256 newBudgetSeconds);

    /// @notice What was left went to the treasury.
    event Swept(address indexed treasury, uint256 amount);

    /// @notice Thrown by a claim for an account that has been paid.
    error AlreadyClaimed(bytes32 account);

    /// @notice Thrown on a second opening.
    error AlreadyOpen();

    /// @notice Thrown when the authority is not a contract.
    error AuthorityWithoutCode(address authority);

    /// @notice Thrown by a claim that would bring what was paid over the cap. Only claims of native balances that the
    /// tree does not contain can lead there.
    error CapExceeded(uint256 paidUnits, uint256 cap);

    /// @notice Thrown when a batch's gas does not last for the claim at `index`, which is neither paid nor refused then.
    error BatchGasTooLow(uint256 index);

    /// @notice Thrown when the cap is zero or above all PHA there is.
    error CapOutOfRange(uint256 cap, uint256 maximum);

    /// @notice Thrown when the claim root is zero, which is the empty node.
    error ClaimRootIsZero();

    /// @notice Thrown by a claim when the bridge is funded and nobody has called `open` yet.
    error ClaimsNotOpen();

    /// @notice Thrown by a claim while a pause lasts.
    error ClaimsPaused(uint256 until);

    /// @notice Thrown when the deadline leaves no time before the final window, or does not fit its storage.
    error DeadlineOutOfRange(uint256 deadline, uint256 minimum, uint256 maximum);

    /// @notice Thrown by a claim or an opening after the deadline.
    error DeadlinePassed(uint256 deadline);

    /// @notice Thrown by a sweep up to and including the deadline.
    error DeadlineNotPassed(uint256 deadline);

    /// @notice Thrown when a scheme is given two verifiers.
    error DuplicateScheme(uint8 scheme);

    /// @notice Thrown when the evidence does not show that the account's holder agreed to this claim's sentence.
    error InvalidEvidence(bytes32 account, uint8 scheme);

    /// @notice Thrown by a claim for an account that no key controls.
    error KeylessAccount(bytes32 account);

    /// @notice Thrown by a claim of a native balance where the bridge has no state root.
    error NativeClaimsOff();

    /// @notice Thrown when the bridge would be made without any verifier.
    error NoVerifiers();

    /// @notice Thrown by a claim or an opening while the bridge holds less than it may owe.
    error NotFunded(uint256 balance, uint256 required);

    /// @notice Thrown by a claim for a leaf of zero.
    error NothingOwed(bytes32 account);

    /// @notice Thrown when there is no pause to lift.
    error NotPaused();

    /// @notice Thrown when a pause would use more seconds than are left for the bridge's whole life.
    error PauseBudgetExceeded(uint256 neededSeconds, uint256 leftSeconds);

    /// @notice Thrown when a single pause is shorter or longer than allowed.
    error PauseDurationOutOfRange(uint256 durationSeconds, uint256 minimum, uint256 maximum);

    /// @notice Thrown when a pause would reach into the last 30 days before the deadline.
    error PauseIntoFinalWindow(uint256 until, uint256 latest);

    /// @notice Thrown when the pause budget and the longest pause do not satisfy minimum ≤ longest ≤ budget.
    error PauseLimitsInvalid(uint256 pauseBudgetSeconds, uint256 maxPauseSeconds);

    /// @notice Thrown when a pause would not end later than the one that lasts.
    error PauseNotExtended(uint256 oldUntil, uint256 newUntil);

    /// @notice Thrown by a claim that has to wait; nothing is lost, and from `availableAt` it passes unless others came
    /// first.
    error RateLimited(uint256 availableAt);

    /// @notice Thrown when the rate limit would last into the final window.
    error RateLimitEndTooLate(uint256 rateLimitEnd, uint256 latest);

    /// @notice Thrown when the capacity is no multiple of 10^6, above the cap of all PHA, or drains by less than one
    /// parachain unit a second.
    error RateLimitInvalid(uint256 capacity, uint256 periodSeconds);

    /// @notice Thrown when PHA would be paid where nobody could use it: zero, this bridge, the token, the vault.
    error RecipientRefused(address recipient);

    /// @notice Thrown when a storage proof does not show a record of the account in the state.
    error StateProofInvalid(bytes32 account);

    /// @notice Thrown when the leaf and its proof do not lead to the root and its total.
    error SumTreeMismatch(bytes32 root, uint256 total);

    /// @notice Thrown when the token is not a contract with 18 decimals.
    error TokenInvalid(address token);

    /// @notice Thrown when the treasury is zero, this bridge or the token.
    error TreasuryInvalid(address treasury);

    /// @notice Thrown by a claim with a scheme that has no verifier here.
    error UnknownScheme(uint8 scheme);

    /// @notice Thrown by a claim into the vault where there is none, or when the vault is not a contract.
    error VaultUnavailable(address vault);

    /// @notice Thrown when the vault took another amount than it was given, or gave no shares for it.
    error VaultRefused(uint256 assets, uint256 taken, uint256 shares);

    /// @notice Thrown when a verifier is not a contract.
    error VerifierWithoutCode(uint8 scheme, address verifier);

    /// @notice Thrown by a claim on a chain with another id than the one the bridge was made on (a fork).
    error WrongChain(uint256 expected, uint256 actual);

    /// @notice Opens the bridge for good. Anyone may, once it holds `CAP` × 10^6.
    function open() external;

    /// @notice Pays one account. Anyone may send it: only the recipient that the holder signed for is paid.
    /// @return paidAmount PHA base units paid, free and staked together.
    function claim(Claim calldata request) external returns (uint256 paidAmount);

    /// @notice Pays an account's native balance (free and reserved) by a storage proof, for holders who would rather not
    /// rely on the tree. It is **all** the account gets: the nullifier is the tree's, and what the tree holds for the
    /// account besides (staked or wrapped PHA) is then out of reach. The sentence says `native PHA`, so a signature for
    /// either way is none for the other, and nobody but the holder can choose this one.
    /// @return paidAmount PHA base units paid.
    function claimNative(NativeClaim calldata request) external returns (uint256 paidAmount);

    /// @notice Pays many accounts. A claim that fails, for whatever reason, leaves the others untouched and is reported
    /// by `ClaimRejected`; only a batch that runs out of gas fails as a whole.
    /// @param encodedClaims Each `abi.encode(Claim)`.
    /// @return paidAmounts As `claim` returns, by position; 0 for a refused claim, which no paid one can be.
    function claimBatch(bytes[] calldata encodedClaims) external returns (uint256[] memory paidAmounts);

    /// @notice The same for many claims of native balances.
    /// @param encodedClaims Each `abi.encode(NativeClaim)`.
    /// @return paidAmounts As `claimNative` returns, by position; 0 for a refused claim, which no paid one can be.
    function claimNativeBatch(bytes[] calldata encodedClaims) external returns (uint256[] memory paidAmounts);

    /// @notice Pauses claims for `durationSeconds` from now, or lengthens the pause that lasts. Only the time by which
    /// the pause grows is taken from the budget.
    /// @dev Restricted by the authority. Never reaches into the final window, and ends without anyone's act.
    function pause(uint256 durationSeconds) external;

    /// @notice Lifts a pause and puts what is left of it back into the budget, less `MIN_PAUSE_SECONDS`.
    /// @dev Restricted by the authority.
    function unpause() external;

    /// @notice After the deadline, sends all PHA to the treasury. Anyone may, again and again.
    /// @return amount PHA base units sent.
    function sweep() external returns (uint256 amount);

    /// @notice Whether an account has been paid.
    function isClaimed(bytes32 account) external view returns (bool);

    /// @notice Whether the bridge has opened.
    function isOpen() external view returns (bool);

    /// @notice PHA base units paid so far.
    function totalPaid() external view returns (uint256);

    /// @notice The second at which the last pause ends or ended; 0 if there was none.
    function pausedUntil() external view returns (uint256);

    /// @notice Seconds that claims can still be paused.
    function pauseSecondsLeft() external view returns (uint256);

    /// @notice The first second, not before now, at which the rate limit lets a claim pass.
    function rateLimitAvailableAt() external view returns (uint256);

    /// @notice What verifies a scheme; zero for none.
    function verifierOf(uint8 scheme) external view returns (IAccountVerifier);

    /// @notice The bytes that a holder signs.
    /// @param wrapped With `<Bytes>` and `</Bytes>`, as wallets add them.
    function messageFor(address recipient, bool intoVault, bool wrapped) external view returns (bytes memory);

    /// @notice The bytes that a holder signs for `claimNative`.
    function nativeMessageFor(address recipient, bool wrapped) external view returns (bytes memory);

    /// @notice PHA base units in one unit of the parachain.
    function UNIT_SCALE() external view returns (uint256);

    /// @notice Seconds before the deadline in which neither a pause nor the rate limit can hold up a claim.
    function FINAL_WINDOW_SECONDS() external view returns (uint256);

    /// @notice The shortest pause, and what lifting one costs: toggling block by block is thus dearer than pausing.
    function MIN_PAUSE_SECONDS() external view returns (uint256);

    /// @notice PHA.
    function TOKEN() external view returns (IERC20);

    /// @notice Receives what is left after the deadline.
    function TREASURY() external view returns (address);

    /// @notice Takes staked parts; zero for none.
    function VAULT() external view returns (IClaimVault);

    /// @notice Root of the sum tree.
    function CLAIM_ROOT() external view returns (bytes32);

    /// @notice Total of the sum tree, in the parachain's base units.
    function CAP() external view returns (uint256);

    /// @notice State root of the parachain's last block; zero where native claims are off.
    function STATE_ROOT() external view returns (bytes32);

    /// @notice The chain this bridge pays on.
    function CHAIN_ID() external view returns (uint256);

    /// @notice Last second at which claims are taken.
    function DEADLINE() external view returns (uint256);

    /// @notice The most that one call pauses ahead.
    function MAX_PAUSE_SECONDS() external view returns (uint256);

    /// @notice Parachain units that the rate limit's bucket holds.
    function RATE_LIMIT_CAPACITY() external view returns (uint256);

    /// @notice Parachain units that drain from the bucket in a second.
    function RATE_LIMIT_DRAIN() external view returns (uint256);

    /// @notice Second from which there is no rate limit.
    function RATE_LIMIT_END() external view returns (uint256);
}
