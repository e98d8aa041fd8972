// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";
import {IResourceClasses} from "./interfaces/IResourceClasses.sol";

/// @title What can be bought: GPU models and CPU sizes, each at a price
abstract contract ResourceClasses is IResourceClasses, AccessManaged {
    /// @dev 100 PHA a second, a thousand times what the dearest machine costs: an order's deposit then never outgrows its slot.
    uint256 private constant MAX_PRICE = 100e18;
    uint256 private constant MAX_STAKE = 1_000_000_000e18;

    /// @dev What is read with every order and check, in two slots. `evidenceHash` is of kind, model and identity, with zero in
    /// the place of what may be any.
    struct Demand {
        uint80 pricePerSecond;
        uint96 minStake;
        bool isOpen;
        uint8 maxConfidence;
        uint8 deviceCount;
        bool anyKind;
        bool anyIdentity;
        bytes32 evidenceHash;
    }

    /// @dev What the hash is of, for whoever wants to see it.
    struct Evidence {
        bytes32 kind;
        bytes32 deviceModel;
        bytes32 identity;
    }

    /// @inheritdoc IResourceClasses
    uint256 public classCount;
    mapping(uint256 classId => Demand) private _demands;
    mapping(uint256 classId => Evidence) private _evidence;

    // Governance

    /// @inheritdoc IResourceClasses
    function addClass(ResourceClass calldata resource) external restricted returns (uint16 classId) {
        _requirePrice(resource.pricePerSecond);
        require(
            resource.minStake != 0 && resource.minStake <= MAX_STAKE,
            StakeOutOfBounds(resource.minStake, 1, MAX_STAKE)
        );
        require(
            resource.maxConfidence >= 1 && resource.maxConfidence <= 5,
            ConfidenceOutOfBounds(resource.maxConfidence)
        );
        require(
            (resource.deviceModel == 0) == (resource.deviceCount == 0),
            DevicesUnclear(resource.deviceModel, resource.deviceCount)
        );
        require(classCount < type(uint16).max, UnknownClass(classCount + 1));
        classId = uint16(++classCount); // checked above
        _demands[classId] = Demand({
            pricePerSecond: resource.pricePerSecond,
            minStake: resource.minStake,
            isOpen: resource.isOpen,
            maxConfidence: resource.maxConfidence,
            deviceCount: resource.deviceCount,
            anyKind: resource.kind == 0,
            anyIdentity: resource.identity == 0,
            evidenceHash: _evidenceHash(resource.kind, resource.deviceModel, resource.identity)
        });
        _evidence[classId] = Evidence(resource.kind, resource.deviceModel, resource.identity);
        emit ClassAdded(classId, resource);
    }

    /// @inheritdoc IResourceClasses
    function setClassPrice(uint16 classId, uint80 pricePerSecond) external restricted {
        Demand storage demand = _known(classId);
        _requirePrice(pricePerSecond);
        emit ClassPriceSet(classId, demand.pricePerSecond, pricePerSecond);
        demand.pricePerSecond = pricePerSecond;
    }

    /// @inheritdoc IResourceClasses
    function setClassOpen(uint16 classId, bool isOpen) external restricted {
        Demand storage demand = _known(classId);
        emit ClassOpenSet(classId, demand.isOpen, isOpen);
        demand.isOpen = isOpen;
    }

    // Views

    /// @inheritdoc IResourceClasses
    function classOf(uint256 classId) external view returns (ResourceClass memory) {
        Demand memory demand = _known(classId);
        Evidence memory evidence = _evidence[classId];
        return
            ResourceClass({
                pricePerSecond: demand.pricePerSecond,
                minStake: demand.minStake,
                isOpen: demand.isOpen,
                maxConfidence: demand.maxConfidence,
                deviceCount: demand.deviceCount,
                kind: evidence.kind,
                deviceModel: evidence.deviceModel,
                identity: evidence.identity
            });
    }

    // Internals

    function _known(uint256 classId) internal view returns (Demand storage demand) {
        demand = _demands[classId];
        require(demand.pricePerSecond != 0, UnknownClass(classId));
    }

    /// @dev Whether what is attested, and the stake behind it, will do for a class. `ofOrder` is the code identity that the
    /// customer insists on; zero for none.
    function _fits(
        uint256 classId,
        IAttestedKeys.Standing memory standing,
        uint256 stake,
        bytes32 ofOrder
    ) internal view returns (bool) {
        Demand memory demand = _known(classId);
        if (!standing.attested || stake < demand.minStake || standing.deviceCount < demand.deviceCount) return false;
        if (standing.confidence == 0 || standing.confidence > demand.maxConfidence) return false;
        if (ofOrder != 0 && standing.identity != ofOrder) return false;
        return
            demand.evidenceHash ==
            _evidenceHash(
                demand.anyKind ? bytes32(0) : standing.kind,
                standing.deviceModel,
                demand.anyIdentity ? bytes32(0) : standing.identity
            );
    }

    function _evidenceHash(bytes32 kind, bytes32 deviceModel, bytes32 identity) private pure returns (bytes32) {
        return keccak256(abi.encode(kind, deviceModel, identity));
    }

    function _requirePrice(uint256 pricePerSecond) private pure {
        require(pricePerSecond != 0 && pricePerSecond <= MAX_PRICE, PriceOutOfBounds(pricePerSecond, 1, MAX_PRICE));
    }
}
