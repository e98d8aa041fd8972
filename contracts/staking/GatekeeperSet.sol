// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IGatekeeperSet} from "./interfaces/IGatekeeperSet.sol";
import {IWorkerParameters} from "./interfaces/IWorkerParameters.sol";

/// @title Bonded reporters of what workers did
contract GatekeeperSet is IGatekeeperSet, EIP712, ReentrancyGuardTransient {
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "Report(uint32 epoch,uint32 round,bytes32 root,uint128 totalShare,uint128 totalStake)"
    );
    uint256 private constant BPS = 10_000;

    IERC20 private immutable TOKEN;
    IWorkerParameters private immutable PARAMETERS;
    address private immutable TREASURY;

    /// @inheritdoc IGatekeeperSet
    uint256 public lastEpoch;
    /// @inheritdoc IGatekeeperSet
    uint256 public proceeds;
    /// @inheritdoc IGatekeeperSet
    mapping(uint256 epoch => uint256) public roundOf;
    mapping(uint256 epoch => Accepted) private _accepted;
    mapping(address account => Gatekeeper) private _gatekeepers;
    address[] private _seats;
    /// @dev The bond of all seats, by the day's end: what a quorum of that day's epoch is a part of, whoever comes or goes after.
    Checkpoints.Trace208 private _seatedBond;
    mapping(uint256 epoch => mapping(uint256 round => mapping(address gatekeeper => bool))) private _objected;
    mapping(uint256 epoch => mapping(uint256 round => mapping(address gatekeeper => bool))) private _punished;

    /// @param treasury Receives what is slashed, less the reporters' shares.
    constructor(IERC20 token, IWorkerParameters parameters, address treasury) EIP712("PhalaGatekeepers", "1") {
        TOKEN = token;
        PARAMETERS = parameters;
        TREASURY = treasury;
    }

    // Seats

    /// @inheritdoc IGatekeeperSet
    function join(uint256 assets) external nonReentrant {
        Gatekeeper storage gatekeeper = _gatekeepers[msg.sender];
        require(gatekeeper.seat == 0, AlreadySeated(msg.sender));
        // What still unbonds is bonded again: whoever was outbid may come back at once.
        uint256 bond = gatekeeper.bond + assets;
        uint256 minimum = PARAMETERS.get(IWorkerParameters.Parameter.MinGatekeeperBondAmount);
        require(bond >= minimum, BondTooSmall(bond, minimum));
        if (_seats.length >= PARAMETERS.get(IWorkerParameters.Parameter.MaxGatekeepers)) {
            address lowest = _lowest();
            uint256 needed = uint256(_gatekeepers[lowest].bond) + 1;
            require(bond >= needed, BondTooSmall(bond, needed));
            _unseat(lowest);
        }
        _seats.push(msg.sender);
        (gatekeeper.bond, gatekeeper.sinceDay) = (bond.toUint96(), _today());
        (gatekeeper.releaseAt, gatekeeper.seat) = (0, uint16(_seats.length)); // at most the bound of the set's size
        gatekeeper.leftDay = 0;
        _noteSeated(_seatedBond.latest() + bond);
        emit GatekeeperJoined(msg.sender, bond);
        TOKEN.safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @inheritdoc IGatekeeperSet
    function topUp(uint256 assets) external nonReentrant {
        Gatekeeper storage gatekeeper = _gatekeepers[msg.sender];
        require(gatekeeper.seat != 0, NotEligible(msg.sender, _today()));
        uint256 old = gatekeeper.bond;
        gatekeeper.bond = (old + assets).toUint96();
        // Else a bond could be raised in the very moment in which it decides about yesterday.
        gatekeeper.sinceDay = _today();
        _noteSeated(_seatedBond.latest() + assets);
        emit GatekeeperToppedUp(msg.sender, old, old + assets);
        TOKEN.safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @inheritdoc IGatekeeperSet
    function resign() external {
        require(_gatekeepers[msg.sender].seat != 0, NotEligible(msg.sender, _today()));
        _unseat(msg.sender);
    }

    /// @inheritdoc IGatekeeperSet
    function withdraw(address gatekeeper) external nonReentrant returns (uint256 assets) {
        uint256 releaseAt = _gatekeepers[gatekeeper].releaseAt;
        require(releaseAt != 0 && block.timestamp >= releaseAt, NothingToWithdraw(gatekeeper, releaseAt));
        assets = _gatekeepers[gatekeeper].bond;
        delete _gatekeepers[gatekeeper];
        emit BondWithdrawn(gatekeeper, assets);
        TOKEN.safeTransfer(gatekeeper, assets);
    }

    // Reports

    /// @inheritdoc IGatekeeperSet
    function submit(Report calldata report, bytes[] calldata signatures) external {
        uint256 epoch = report.epoch;
        uint256 previous = lastEpoch;
        _requireOpen(epoch, previous);
        require(report.round == roundOf[epoch], WrongRound(report.round, roundOf[epoch]));

        uint256 signed = _signedBond(epoch, reportHash(report), signatures);
        uint256 eligible = _seatedBond.upperLookupRecent(report.epoch);
        uint256 needed = Math.mulDiv(
            eligible,
            PARAMETERS.get(IWorkerParameters.Parameter.QuorumBps),
            BPS,
            Math.Rounding.Ceil
        );
        uint256 minReporters = PARAMETERS.get(IWorkerParameters.Parameter.MinReporters);
        require(
            signed != 0 && signed >= needed && signatures.length >= minReporters,
            QuorumMissed(signed, needed, signatures.length, minReporters)
        );

        uint256 finalAt = block.timestamp + PARAMETERS.get(IWorkerParameters.Parameter.ObjectionSeconds);
        _accepted[epoch] = Accepted({
            root: report.root,
            totalShare: report.totalShare,
            totalStake: report.totalStake,
            previousEpoch: uint32(previous), // was one itself
            finalAt: finalAt.toUint40(),
            eligible: eligible.toUint96(),
            objecting: 0
        });
        lastEpoch = epoch;
        emit ReportAccepted(epoch, report.round, report.root, signed, eligible);
    }

    /// @inheritdoc IGatekeeperSet
    function object(uint256 epoch) external {
        Accepted storage accepted = _accepted[epoch];
        require(block.timestamp < accepted.finalAt, ObjectionClosed(epoch, accepted.finalAt));
        uint256 round = roundOf[epoch];
        require(_counts(msg.sender, epoch), NotEligible(msg.sender, epoch));
        require(!_objected[epoch][round][msg.sender], AlreadyObjected(epoch, msg.sender));
        _objected[epoch][round][msg.sender] = true;
        uint256 objecting = uint256(accepted.objecting) + _gatekeepers[msg.sender].bond;
        accepted.objecting = objecting.toUint96();
        emit ReportObjected(epoch, round, msg.sender, objecting);

        // As much as leaves the others without a quorum. Only the last report can be open, so it is the last that goes.
        uint256 quorumBps = PARAMETERS.get(IWorkerParameters.Parameter.QuorumBps);
        if (objecting * BPS <= uint256(accepted.eligible) * (BPS - quorumBps)) return;
        lastEpoch = accepted.previousEpoch;
        roundOf[epoch] = round + 1;
        delete _accepted[epoch];
        emit ReportVoided(epoch, round);
    }

    /// @inheritdoc IGatekeeperSet
    function slashEquivocation(
        Report calldata first,
        bytes calldata firstSignature,
        Report calldata second,
        bytes calldata secondSignature
    ) external nonReentrant returns (address signer, uint256 slashed) {
        (bytes32 firstHash, bytes32 secondHash) = (reportHash(first), reportHash(second));
        signer = ECDSA.recoverCalldata(firstHash, firstSignature);
        require(
            first.epoch == second.epoch &&
                first.round == second.round &&
                firstHash != secondHash &&
                signer == ECDSA.recoverCalldata(secondHash, secondSignature),
            NoEquivocation()
        );
        Gatekeeper storage gatekeeper = _gatekeepers[signer];
        uint256 bond = gatekeeper.bond;
        require(bond != 0 && !_punished[first.epoch][first.round][signer], NothingToSlash(signer));
        _punished[first.epoch][first.round][signer] = true;
        if (gatekeeper.seat != 0) _unseat(signer);

        uint256 slashBps = PARAMETERS.get(IWorkerParameters.Parameter.EquivocationSlashBps);
        slashed = Math.mulDiv(bond, slashBps, BPS, Math.Rounding.Ceil);
        uint256 reporterShare = (slashed * PARAMETERS.get(IWorkerParameters.Parameter.EquivocationReporterBps)) / BPS;
        gatekeeper.bond = uint96(bond - slashed); // less than before
        if (bond == slashed) delete _gatekeepers[signer];
        proceeds += slashed - reporterShare;
        emit EquivocationSlashed(signer, first.epoch, msg.sender, slashed, reporterShare);
        if (reporterShare != 0) TOKEN.safeTransfer(msg.sender, reporterShare);
    }

    /// @inheritdoc IGatekeeperSet
    function distribute() external nonReentrant returns (uint256 assets) {
        assets = proceeds;
        proceeds = 0;
        emit ProceedsDistributed(assets);
        TOKEN.safeTransfer(TREASURY, assets);
    }

    // Views

    /// @inheritdoc IGatekeeperSet
    function reportOf(uint256 epoch) external view returns (Accepted memory) {
        return _accepted[epoch];
    }

    /// @inheritdoc IGatekeeperSet
    function isFinal(uint256 epoch) external view returns (bool) {
        uint256 finalAt = _accepted[epoch].finalAt;
        return finalAt != 0 && block.timestamp >= finalAt;
    }

    /// @inheritdoc IGatekeeperSet
    function gatekeeperOf(address account) external view returns (Gatekeeper memory) {
        return _gatekeepers[account];
    }

    /// @inheritdoc IGatekeeperSet
    function gatekeepers() external view returns (address[] memory) {
        return _seats;
    }

    /// @inheritdoc IGatekeeperSet
    function reportHash(Report calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REPORT_TYPEHASH, report)));
    }

    // Internals

    /// @dev Frees the seat and starts the unbonding.
    function _unseat(address account) private {
        Gatekeeper storage gatekeeper = _gatekeepers[account];
        uint256 seat = gatekeeper.seat;
        address last = _seats[_seats.length - 1];
        _seats[seat - 1] = last;
        _gatekeepers[last].seat = uint16(seat);
        _seats.pop();
        uint256 unbonding = PARAMETERS.get(IWorkerParameters.Parameter.GatekeeperUnbondingDays) * 1 days;
        gatekeeper.seat = 0; // after the last one's, who may be the same
        gatekeeper.leftDay = _today();
        _noteSeated(_seatedBond.latest() - gatekeeper.bond);
        gatekeeper.releaseAt = (block.timestamp + unbonding).toUint40();
        emit GatekeeperLeft(account, gatekeeper.bond, gatekeeper.releaseAt);
    }

    /// @dev Reports come in the order of epochs, and none before the one before it is beyond objection.
    function _requireOpen(uint256 epoch, uint256 previous) private view {
        uint256 from = (epoch + 1) * 1 days;
        uint256 until = from + PARAMETERS.get(IWorkerParameters.Parameter.ReportDays) * 1 days;
        require(
            epoch > previous && block.timestamp >= from && block.timestamp < until,
            EpochNotOpen(epoch, from, until)
        );
        uint256 finalAt = _accepted[previous].finalAt;
        require(block.timestamp >= finalAt, PreviousNotFinal(previous, finalAt));
    }

    function _signedBond(
        uint256 epoch,
        bytes32 hash,
        bytes[] calldata signatures
    ) private view returns (uint256 signed) {
        address before;
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = ECDSA.recoverCalldata(hash, signatures[i]);
            require(signer > before, SignersNotRising(before, signer));
            require(_counts(signer, epoch), NotEligible(signer, epoch));
            signed += _gatekeepers[signer].bond;
            before = signer;
        }
    }

    /// @dev Whether the account had a seat when the epoch ended, and has not raised its bond since: then its bond is in what was
    /// seated. Being pushed out after that takes nobody's voice for the days before.
    function _counts(address account, uint256 epoch) private view returns (bool) {
        Gatekeeper storage gatekeeper = _gatekeepers[account];
        return gatekeeper.sinceDay <= epoch && (gatekeeper.seat != 0 || gatekeeper.leftDay > epoch);
    }

    function _noteSeated(uint256 bonds) private {
        _seatedBond.push(_today(), bonds.toUint208());
    }

    function _lowest() private view returns (address lowest) {
        lowest = _seats[0];
        for (uint256 i = 1; i < _seats.length; ++i) {
            if (_gatekeepers[_seats[i]].bond < _gatekeepers[lowest].bond) lowest = _seats[i];
        }
    }

    function _today() private view returns (uint24) {
        return (block.timestamp / 1 days).toUint24();
    }
}
