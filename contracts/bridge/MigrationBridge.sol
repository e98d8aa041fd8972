// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ClaimMessage} from "./ClaimMessage.sol";
import {KeylessAccounts} from "./KeylessAccounts.sol";
import {MerkleSumTree} from "./MerkleSumTree.sol";
import {SunsetState} from "./SunsetState.sol";
import {IAccountVerifier} from "./interfaces/IAccountVerifier.sol";
import {IClaimVault} from "./interfaces/IClaimVault.sol";
import {IMigrationBridge} from "./interfaces/IMigrationBridge.sol";

/// @title The way of PHA from the parachain, 1:1
/// @notice No upgrade, no owner, no signer of its own. The authority decides who may pause, and nothing else.
contract MigrationBridge is IMigrationBridge, AccessManaged, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev What a claim reads and writes, in one slot. Amounts are parachain units: all PHA is 10^21, under 2^80.
    struct ClaimState {
        uint80 paid;
        uint80 bucketLevel;
        uint40 bucketUpdatedAt;
        uint40 pausedUntil;
        bool isOpen;
    }

    /// @inheritdoc IMigrationBridge
    uint256 public constant UNIT_SCALE = 1e6;
    /// @inheritdoc IMigrationBridge
    uint256 public constant FINAL_WINDOW_SECONDS = 30 days;
    /// @inheritdoc IMigrationBridge
    uint256 public constant MIN_PAUSE_SECONDS = 60;

    /// @dev 1,000,000,000 PHA in parachain units.
    uint256 private constant MAX_CAP = 1e21;
    /// @dev The longest custom error here has 100 bytes; whatever else a claim reverts with is cut, so that no contract
    /// called by one claim can make its relayer pay for copying and logging a huge answer.
    uint256 private constant MAX_REASON_BYTES = 256;

    /// @inheritdoc IMigrationBridge
    IERC20 public immutable TOKEN;
    /// @inheritdoc IMigrationBridge
    address public immutable TREASURY;
    /// @inheritdoc IMigrationBridge
    IClaimVault public immutable VAULT;
    /// @inheritdoc IMigrationBridge
    bytes32 public immutable CLAIM_ROOT;
    /// @inheritdoc IMigrationBridge
    uint256 public immutable CAP;
    /// @inheritdoc IMigrationBridge
    bytes32 public immutable STATE_ROOT;
    /// @inheritdoc IMigrationBridge
    uint256 public immutable CHAIN_ID;
    /// @inheritdoc IMigrationBridge
    uint256 public immutable DEADLINE;
    /// @inheritdoc IMigrationBridge
    uint256 public immutable MAX_PAUSE_SECONDS;
    /// @inheritdoc IMigrationBridge
    uint256 public immutable RATE_LIMIT_CAPACITY;
    /// @inheritdoc IMigrationBridge
    uint256 public immutable RATE_LIMIT_DRAIN;
    /// @inheritdoc IMigrationBridge
    uint256 public immutable RATE_LIMIT_END;

    bytes32 private immutable MESSAGE_HEAD;
    bytes32 private immutable MESSAGE_TAIL;
    uint256 private immutable MESSAGE_LENGTH;

    uint40 private _pauseSecondsLeft;
    ClaimState private _state;
    mapping(bytes32 account => bool) private _claimed;
    /// @dev Written by the constructor only.
    mapping(uint8 scheme => IAccountVerifier) private _verifiers;

    constructor(Configuration memory configuration) AccessManaged(configuration.authority) {
        _requireParties(configuration);
        _requireTimes(configuration);
        require(configuration.claimRoot != 0, ClaimRootIsZero());
        require(configuration.cap != 0 && configuration.cap <= MAX_CAP, CapOutOfRange(configuration.cap, MAX_CAP));

        uint256 capacity = configuration.rateLimitCapacity / UNIT_SCALE;
        uint256 period = configuration.rateLimitPeriodSeconds;
        // Rounding the drain down makes the limit stricter by less than a unit a second; at zero it would never drain.
        require(
            capacity * UNIT_SCALE == configuration.rateLimitCapacity &&
                capacity <= MAX_CAP &&
                period != 0 &&
                capacity >= period,
            RateLimitInvalid(configuration.rateLimitCapacity, period)
        );

        TOKEN = configuration.token;
        TREASURY = configuration.treasury;
        VAULT = configuration.vault;
        CLAIM_ROOT = configuration.claimRoot;
        CAP = configuration.cap;
        STATE_ROOT = configuration.stateRoot;
        CHAIN_ID = block.chainid;
        DEADLINE = configuration.deadline;
        MAX_PAUSE_SECONDS = configuration.maxPauseSeconds;
        RATE_LIMIT_CAPACITY = capacity;
        RATE_LIMIT_DRAIN = capacity / period;
        RATE_LIMIT_END = configuration.rateLimitEnd;
        _pauseSecondsLeft = configuration.pauseBudgetSeconds.toUint40();

        ClaimMessage.Ending memory last = ClaimMessage.ending(address(this), block.chainid);
        (MESSAGE_HEAD, MESSAGE_TAIL, MESSAGE_LENGTH) = (last.head, last.tail, last.length);

        require(configuration.verifiers.length != 0, NoVerifiers());
        for (uint256 i = 0; i < configuration.verifiers.length; ++i) {
            uint8 scheme = configuration.verifiers[i].scheme;
            IAccountVerifier verifier = configuration.verifiers[i].verifier;
            require(address(verifier).code.length != 0, VerifierWithoutCode(scheme, address(verifier)));
            require(address(_verifiers[scheme]) == address(0), DuplicateScheme(scheme));
            _verifiers[scheme] = verifier;
        }
    }

    // Anyone: funding, claims, what is left

    /// @inheritdoc IMigrationBridge
    function open() external {
        require(!_state.isOpen, AlreadyOpen());
        require(block.timestamp <= DEADLINE, DeadlinePassed(DEADLINE));
        uint256 balance = _requireFunded();
        _state.isOpen = true;
        emit Opened(balance);
    }

    /// @inheritdoc IMigrationBridge
    function claim(Claim calldata request) external nonReentrant returns (uint256 paidAmount) {
        ClaimState memory state = _state;
        bytes32 account = request.account;
        uint8 scheme = request.scheme;
        IAccountVerifier verifier = _requireClaimable(state, account, request.recipient, scheme);
        require(!request.intoVault || address(VAULT) != address(0), VaultUnavailable(address(0)));

        uint256 units = _provenUnits(request);
        require(units != 0, NothingOwed(account));
        bytes memory message = _message(request.recipient, request.intoVault, request.wrapped);
        require(_isAgreed(verifier, account, message, request.evidence), InvalidEvidence(account, scheme));

        // Everything is recorded before any call that can change state.
        _claimed[account] = true;
        _record(state, units);

        paidAmount = units * UNIT_SCALE;
        emit Claimed(account, request.recipient, scheme, request.free, request.staked, paidAmount, request.intoVault);
        _pay(request, paidAmount);
    }

    /// @inheritdoc IMigrationBridge
    function claimNative(NativeClaim calldata request) external nonReentrant returns (uint256 paidAmount) {
        require(STATE_ROOT != 0, NativeClaimsOff());
        ClaimState memory state = _state;
        bytes32 account = request.account;
        address recipient = request.recipient;
        uint8 scheme = request.scheme;
        IAccountVerifier verifier = _requireClaimable(state, account, recipient, scheme);

        (bool found, uint256 units) = SunsetState.nativeBalance(STATE_ROOT, account, request.proof);
        require(found, StateProofInvalid(account));
        require(units != 0, NothingOwed(account));
        bytes memory message = ClaimMessage.nativeSentence(recipient, request.wrapped, _ending());
        require(_isAgreed(verifier, account, message, request.evidence), InvalidEvidence(account, scheme));

        // Everything is recorded before any call that can change state.
        _claimed[account] = true;
        _record(state, units);

        paidAmount = units * UNIT_SCALE;
        // cast: what was recorded is at most the cap
        emit Claimed(account, recipient, scheme, uint128(units), 0, paidAmount, false);
        TOKEN.safeTransfer(recipient, paidAmount);
    }

    /// @inheritdoc IMigrationBridge
    function claimBatch(bytes[] calldata encodedClaims) external returns (uint256[] memory paidAmounts) {
        return _claimEach(IMigrationBridge.claim.selector, encodedClaims);
    }

    /// @inheritdoc IMigrationBridge
    function claimNativeBatch(bytes[] calldata encodedClaims) external returns (uint256[] memory paidAmounts) {
        return _claimEach(IMigrationBridge.claimNative.selector, encodedClaims);
    }

    /// @inheritdoc IMigrationBridge
    function sweep() external returns (uint256 amount) {
        require(block.timestamp > DEADLINE, DeadlineNotPassed(DEADLINE));
        amount = TOKEN.balanceOf(address(this));
        if (amount == 0) return 0;
        emit Swept(TREASURY, amount);
        TOKEN.safeTransfer(TREASURY, amount);
    }

    // The guardian

    /// @inheritdoc IMigrationBridge
    function pause(uint256 durationSeconds) external restricted {
        require(
            durationSeconds >= MIN_PAUSE_SECONDS && durationSeconds <= MAX_PAUSE_SECONDS,
            PauseDurationOutOfRange(durationSeconds, MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        );
        uint256 oldUntil = _state.pausedUntil;
        uint256 newUntil = block.timestamp + durationSeconds;
        require(newUntil > oldUntil, PauseNotExtended(oldUntil, newUntil));
        uint256 latest = DEADLINE - FINAL_WINDOW_SECONDS;
        require(newUntil <= latest, PauseIntoFinalWindow(newUntil, latest));

        uint256 needed = newUntil - Math.max(oldUntil, block.timestamp);
        uint256 budget = _pauseSecondsLeft;
        require(needed <= budget, PauseBudgetExceeded(needed, budget));

        _pauseSecondsLeft = uint40(budget - needed); // less than before, so it fits
        _state.pausedUntil = uint40(newUntil); // at most the deadline, whose width the constructor checked
        emit Paused(oldUntil, newUntil, budget, budget - needed);
    }

    /// @inheritdoc IMigrationBridge
    function unpause() external restricted {
        uint256 oldUntil = _state.pausedUntil;
        require(oldUntil > block.timestamp, NotPaused());
        uint256 budget = _pauseSecondsLeft;
        // A pause lifted within its own block would otherwise be free, and could be set again in every block.
        uint256 refund = Math.saturatingSub(oldUntil - block.timestamp, MIN_PAUSE_SECONDS);

        _pauseSecondsLeft = uint40(budget + refund); // at most what was taken from it
        _state.pausedUntil = uint40(block.timestamp); // before the deadline
        emit Unpaused(oldUntil, block.timestamp, budget, budget + refund);
    }

    // Views

    /// @inheritdoc IMigrationBridge
    function isClaimed(bytes32 account) external view returns (bool) {
        return _claimed[account];
    }

    /// @inheritdoc IMigrationBridge
    function isOpen() external view returns (bool) {
        return _state.isOpen;
    }

    /// @inheritdoc IMigrationBridge
    function totalPaid() external view returns (uint256) {
        return _state.paid * UNIT_SCALE;
    }

    /// @inheritdoc IMigrationBridge
    function pausedUntil() external view returns (uint256) {
        return _state.pausedUntil;
    }

    /// @inheritdoc IMigrationBridge
    function pauseSecondsLeft() external view returns (uint256) {
        return _pauseSecondsLeft;
    }

    /// @inheritdoc IMigrationBridge
    function rateLimitAvailableAt() external view returns (uint256) {
        return block.timestamp >= RATE_LIMIT_END ? block.timestamp : _availableAt(_drainedLevel(_state));
    }

    /// @inheritdoc IMigrationBridge
    function verifierOf(uint8 scheme) external view returns (IAccountVerifier) {
        return _verifiers[scheme];
    }

    /// @inheritdoc IMigrationBridge
    function messageFor(address recipient, bool intoVault, bool wrapped) external view returns (bytes memory) {
        return _message(recipient, intoVault, wrapped);
    }

    /// @inheritdoc IMigrationBridge
    function nativeMessageFor(address recipient, bool wrapped) external view returns (bytes memory) {
        return ClaimMessage.nativeSentence(recipient, wrapped, _ending());
    }

    // Batches

    /// @dev Calls `claim` or `claimNative` of this contract with each of the encoded arguments.
    function _claimEach(
        bytes4 selector,
        bytes[] calldata encodedClaims
    ) private returns (uint256[] memory paidAmounts) {
        paidAmounts = new uint256[](encodedClaims.length);
        for (uint256 i = 0; i < encodedClaims.length; ++i) {
            uint256 available = gasleft();
            // A call to itself: undecodable bytes, like any other failure, undo this claim alone. Neither function looks
            // at its caller, so calling it from here gives it nothing.
            (bool succeeded, bytes32 paid, ) = LowLevelCall.callReturn64Bytes(
                address(this),
                bytes.concat(selector, encodedClaims[i])
            );
            if (succeeded) paidAmounts[i] = uint256(paid);
            else {
                // A claim that ran out of gas was not refused. Each call keeps back a 64th of the gas it passes on, and a
                // claim's calls are at most five deep; whatever fails for another reason leaves more than an eighth of
                // what a sensible batch has, and gas estimation finds that by itself.
                require(gasleft() >= available / 8, BatchGasTooLow(i));
                emit ClaimRejected(i, _boundedReturnData());
            }
        }
    }

    /// @dev What the last call reverted with, no more than `MAX_REASON_BYTES` of it.
    function _boundedReturnData() private pure returns (bytes memory reason) {
        uint256 length = Math.min(LowLevelCall.returnDataSize(), MAX_REASON_BYTES);
        reason = new bytes(length);
        // Memory-safe: `length` bytes into an array of that length; at most what was returned, so it cannot revert.
        assembly ("memory-safe") {
            returndatacopy(add(reason, 32), 0, length)
        }
    }

    // Claims, step by step

    /// @dev What every claim needs before its own evidence is looked at.
    function _requireClaimable(
        ClaimState memory state,
        bytes32 account,
        address recipient,
        uint8 scheme
    ) private view returns (IAccountVerifier verifier) {
        require(block.chainid == CHAIN_ID, WrongChain(CHAIN_ID, block.chainid));
        if (!state.isOpen) {
            _requireFunded();
            revert ClaimsNotOpen();
        }
        require(block.timestamp <= DEADLINE, DeadlinePassed(DEADLINE));
        require(block.timestamp >= state.pausedUntil, ClaimsPaused(state.pausedUntil));
        require(!_claimed[account], AlreadyClaimed(account));
        _requireRecipient(recipient);
        verifier = _verifiers[scheme];
        require(address(verifier) != address(0), UnknownScheme(scheme));
        require(!KeylessAccounts.isKeyless(account), KeylessAccount(account));
    }

    function _requireFunded() private view returns (uint256 balance) {
        balance = TOKEN.balanceOf(address(this));
        uint256 required = CAP * UNIT_SCALE;
        require(balance >= required, NotFunded(balance, required));
    }

    function _requireRecipient(address recipient) private view {
        require(
            recipient != address(0) &&
                recipient != address(this) &&
                recipient != address(TOKEN) &&
                recipient != address(VAULT),
            RecipientRefused(recipient)
        );
    }

    /// @dev The leaf's sum, shown to lie in the tree. Distinct leaves of a tree add up to no more than its total.
    function _provenUnits(Claim calldata request) private view returns (uint256) {
        (bytes32 root, uint256 total) = MerkleSumTree.rootOf(
            request.account,
            request.free,
            request.staked,
            request.index,
            request.proof
        );
        require(root == CLAIM_ROOT && total == CAP, SumTreeMismatch(root, total));
        return uint256(request.free) + request.staked;
    }

    /// @dev A verifier that reverts, answers nothing, or anything but `true`, has not agreed; its answer is never copied.
    function _isAgreed(
        IAccountVerifier verifier,
        bytes32 account,
        bytes memory message,
        bytes calldata evidence
    ) private view returns (bool) {
        (bool succeeded, bytes32 answer, ) = LowLevelCall.staticcallReturn64Bytes(
            address(verifier),
            abi.encodeCall(IAccountVerifier.verify, (account, message, evidence))
        );
        return succeeded && LowLevelCall.returnDataSize() >= 32 && answer == bytes32(uint256(1));
    }

    function _message(address recipient, bool intoVault, bool wrapped) private view returns (bytes memory) {
        return ClaimMessage.sentence(recipient, intoVault, wrapped, _ending());
    }

    function _ending() private view returns (ClaimMessage.Ending memory) {
        return ClaimMessage.Ending(MESSAGE_HEAD, MESSAGE_TAIL, MESSAGE_LENGTH);
    }

    /// @dev The rate limit only asks whether there is room, not how much: a claim larger than the bucket overfills it and
    /// delays the next one, but is never stuck itself.
    function _record(ClaimState memory state, uint256 units) private {
        // By the tree alone this could not happen. A state root that shows more than the tree owes is the deployer's
        // error (ANCHORING.md says how to check both); even then no more is paid than was funded.
        uint256 paid = state.paid + units;
        require(paid <= CAP, CapExceeded(paid, CAP));
        // All casts: an amount is at most CAP, which fits 80 bits; the addition of levels is checked.
        if (block.timestamp < RATE_LIMIT_END) {
            uint256 level = _drainedLevel(state);
            require(level < RATE_LIMIT_CAPACITY, RateLimited(_availableAt(level)));
            state.bucketLevel = uint80(level) + uint80(units);
            state.bucketUpdatedAt = uint40(block.timestamp); // before the deadline, which fits
        }
        state.paid = uint80(paid);
        _state = state;
    }

    function _drainedLevel(ClaimState memory state) private view returns (uint256) {
        uint256 drained = (block.timestamp - state.bucketUpdatedAt) * RATE_LIMIT_DRAIN;
        return Math.saturatingSub(state.bucketLevel, drained);
    }

    function _availableAt(uint256 level) private view returns (uint256) {
        if (level < RATE_LIMIT_CAPACITY) return block.timestamp;
        uint256 wait = (level - RATE_LIMIT_CAPACITY) / RATE_LIMIT_DRAIN + 1;
        return Math.min(block.timestamp + wait, RATE_LIMIT_END);
    }

    function _pay(Claim calldata request, uint256 paidAmount) private {
        address recipient = request.recipient;
        uint256 vaultAmount = request.intoVault ? request.staked * UNIT_SCALE : 0;
        if (paidAmount != vaultAmount) TOKEN.safeTransfer(recipient, paidAmount - vaultAmount);
        if (vaultAmount != 0) _deposit(vaultAmount, recipient);
    }

    /// @dev The vault can take no more than was approved; it must not take less either, nor give nothing for it.
    function _deposit(uint256 assets, address recipient) private {
        uint256 balance = TOKEN.balanceOf(address(this));
        TOKEN.forceApprove(address(VAULT), assets);
        uint256 shares = VAULT.deposit(assets, recipient);
        uint256 taken = Math.saturatingSub(balance, TOKEN.balanceOf(address(this)));
        require(taken == assets && shares != 0, VaultRefused(assets, taken, shares));
    }

    // Construction

    function _requireParties(Configuration memory configuration) private view {
        address token = address(configuration.token);
        require(token.code.length != 0 && IERC20Metadata(token).decimals() == 18, TokenInvalid(token));
        address authority_ = configuration.authority;
        require(authority_.code.length != 0, AuthorityWithoutCode(authority_));
        address treasury = configuration.treasury;
        require(treasury != address(0) && treasury != address(this) && treasury != token, TreasuryInvalid(treasury));
        address vault = address(configuration.vault);
        require(vault == address(0) || vault.code.length != 0, VaultUnavailable(vault));
    }

    function _requireTimes(Configuration memory configuration) private view {
        uint256 deadline = configuration.deadline;
        uint256 earliest = block.timestamp + FINAL_WINDOW_SECONDS + 1;
        require(
            deadline >= earliest && deadline <= type(uint40).max,
            DeadlineOutOfRange(deadline, earliest, type(uint40).max)
        );
        uint256 latest = deadline - FINAL_WINDOW_SECONDS;
        require(configuration.rateLimitEnd <= latest, RateLimitEndTooLate(configuration.rateLimitEnd, latest));
        uint256 budget = configuration.pauseBudgetSeconds;
        uint256 longest = configuration.maxPauseSeconds;
        require(
            longest >= MIN_PAUSE_SECONDS && longest <= budget && budget <= type(uint40).max,
            PauseLimitsInvalid(budget, longest)
        );
    }
}
