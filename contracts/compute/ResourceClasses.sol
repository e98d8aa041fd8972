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

    /// @inheritdoc IResourceClasses
    uint256 public classCount;
    mapping(uint256 classId => ResourceClass) private _classes;

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
        _classes[classId] = resource;
        emit ClassAdded(classId, resource);
    }

    /// @inheritdoc IResourceClasses
    function setClassPrice(uint16 classId, uint80 pricePerSecond) external restricted {
        ResourceClass storage resource = _known(classId);
        _requirePrice(pricePerSecond);
        emit ClassPriceSet(classId, resource.pricePerSecond, pricePerSecond);
        resource.pricePerSecond = pricePerSecond;
    }

    /// @inheritdoc IResourceClasses
    function setClassOpen(uint16 classId, bool isOpen) external restricted {
        ResourceClass storage resource = _known(classId);
        emit ClassOpenSet(classId, resource.isOpen, isOpen);
        resource.isOpen = isOpen;
    }

    // Views

    /// @inheritdoc IResourceClasses
    function classOf(uint256 classId) external view returns (ResourceClass memory) {
        return _known(classId);
    }

    // Internals

    function _known(uint256 classId) internal view returns (ResourceClass storage resource) {
        resource = _classes[classId];
        require(resource.pricePerSecond != 0, UnknownClass(classId));
    }

    /// @dev Whether what is attested, and the stake behind it, will do for a class. `ofOrder` is the code identity that the
    /// customer insists on; zero for none.
    function _fits(
        uint256 classId,
        IAttestedKeys.Standing memory standing,
        uint256 stake,
        bytes32 ofOrder
    ) internal view returns (bool) {
        ResourceClass storage resource = _known(classId);
        if (!standing.attested || stake < resource.minStake) return false;
        if (standing.confidence == 0 || standing.confidence > resource.maxConfidence) return false;
        if (standing.deviceModel != resource.deviceModel || standing.deviceCount < resource.deviceCount) return false;
        (bytes32 kind, bytes32 identity) = (resource.kind, resource.identity);
        if (kind != 0 && standing.kind != kind) return false;
        if (identity != 0 && standing.identity != identity) return false;
        return ofOrder == 0 || standing.identity == ofOrder;
    }

    function _requirePrice(uint256 pricePerSecond) private pure {
        require(pricePerSecond != 0 && pricePerSecond <= MAX_PRICE, PriceOutOfBounds(pricePerSecond, 1, MAX_PRICE));
    }
}
