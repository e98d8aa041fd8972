# SPDX-License-Identifier: Apache-2.0
"""Every rule broken, one at a time, on evidence that is otherwise good and properly signed.

The rules and their verdicts are those of `pha.attestation.intel.generator.broken`, written down by hand from
Intel's documents; that good evidence passes is tested in `test_intel_quotes.py`.
"""

from __future__ import annotations

import pytest

from pha.attestation.intel.generator import build
from pha.attestation.intel.generator.broken import BROKEN, BrokenRule

#: Each rule on the newest kind of quote it applies to; others share its code and are tried at length.
SOME = [(rule, rule.kinds[-1]) for rule in BROKEN]
OTHERS = [(rule, kind) for rule in BROKEN for kind in rule.kinds[:-1]]

#: How each rule's breach is answered. What can't be put in at all is answered by the name of the error.
REFUSALS = {
    "quote_signature": ("Invalid", "QuoteSignature"),
    "attestation_key": ("Invalid", "AttestationKeyUnbound"),
    "qe_binding": ("Invalid", "AttestationKeyUnbound"),
    "qe_report_signature": ("Invalid", "QeReportSignature"),
    "qe_signer": ("Invalid", "QeSigner"),
    "qe_product": ("Invalid", "QeProductId"),
    "qe_misc_select": ("Invalid", "QeMiscSelect"),
    "qe_debug": ("Invalid", "QeDebug"),
    "qe_attributes": ("Invalid", "QeAttributes"),
    "qe_below_every_level": ("Invalid", "QeTooOld"),
    "qe_vendor": ("Invalid", "QeVendor"),
    "tcb_info_signature": ("Invalid", "TextSignatureInvalid"),
    "qe_identity_signature": ("Invalid", "TextSignatureInvalid"),
    "tcb_info_of_other_fmspc": ("Invalid", "TcbInfoMissing"),
    "tcb_info_of_other_pce": ("Invalid", "PceId"),
    "pck_of_other_fmspc": ("Invalid", "TcbInfoMissing"),
    "pck_of_other_pce": ("Invalid", "PceId"),
    "tcb_info_of_other_tee": ("Invalid", "MalformedJson"),
    "qe_identity_of_other_tee": ("Invalid", "QeIdentityMissing"),
    "pck_signature": ("Invalid", "PckSignature"),
    "pck_ca_signature": ("Invalid", "SignatureInvalid"),
    "tcb_signing_signature": ("Invalid", "SignatureInvalid"),
    "tcb_info_signed_by_the_pck": ("Invalid", "IssuerUnknown"),
    "qe_identity_signed_by_the_pck": ("Invalid", "SignerRefused"),
    "pck_ca_not_a_ca": ("Invalid", "CertificateRefused"),
    "pck_unknown_critical_extension": ("Invalid", "ExtensionCritical"),
    "pck_expired": ("Invalid", "PckOutsideValidity"),
    "pck_not_yet_valid": ("Invalid", "PckOutsideValidity"),
    "pck_ca_expired": ("Invalid", "PckCaExpired"),
    "pck_ca_not_yet_valid": ("Invalid", "OutsideValidity"),
    "tcb_signing_expired": ("Invalid", "TcbSignerExpired"),
    "tcb_signing_not_yet_valid": ("Invalid", "OutsideValidity"),
    "pck_revoked": ("Invalid", "PckRevoked"),
    "pck_revoked_among_many": ("Invalid", "PckRevoked"),
    "pck_ca_revoked": ("Invalid", "PckCaRevoked"),
    "tcb_signing_revoked": ("Invalid", "SignerRefused"),
    "root_revoked": ("Invalid", "SignerRefused"),
    "pck_crl_signature": ("Invalid", "SignatureInvalid"),
    "root_crl_signature": ("Invalid", "SignatureInvalid"),
    "pck_crl_expired": ("Invalid", "PckCrlExpired"),
    "root_crl_expired": ("Invalid", "RootCrlExpired"),
    "tcb_info_expired": ("Invalid", "TcbInfoExpired"),
    "tcb_info_of_the_future": ("Invalid", "TextOutsideValidity"),
    "qe_identity_expired": ("Invalid", "QeIdentityExpired"),
    "qe_identity_of_the_future": ("Invalid", "TextOutsideValidity"),
    "crl_of_the_other_ca": ("Invalid", "PckIssuerUnknown"),
    "platform_revoked": ("Refused", "TcbRevoked"),
    "qe_revoked": ("Refused", "TcbRevoked"),
    "module_revoked": ("Refused", "TcbRevoked"),
    "current_module_revoked": ("Refused", "TcbRevoked"),
    "pce_svn_below_every_level": ("Refused", "TcbLevelNone"),
    "component_below_every_level": ("Refused", "TcbLevelNone"),
    "module_version_0_below_every_level": ("Refused", "TcbLevelNone"),
    "module_below_every_level": ("Refused", "TdxModuleTooOld"),
    "current_module_below_every_level": ("Refused", "TdxModuleTooOld"),
    "module_unknown": ("Refused", "TdxModuleUnknown"),
    "module_without_identities": ("Refused", "TdxModuleUnknown"),
    "module_without_any_identity": ("Refused", "TdxModuleUnknown"),
    "current_module_unknown": ("Refused", "TdxModuleUnknown"),
    "module_signer": ("Refused", "TdxModuleSigner"),
    "module_attributes": ("Refused", "TdxModuleAttributes"),
    "debug": ("Refused", "Debug"),
    "reserved_attribute": ("Refused", "AttributesReserved"),
    "reserved_tud_attribute": ("Refused", "AttributesReserved"),
    "profiling": ("Refused", "AttributesReserved"),
    "reserved_sec_attribute": ("Refused", "AttributesReserved"),
    "migratable": ("Refused", "AttributesReserved"),
    "reserved_other_attribute": ("Refused", "AttributesReserved"),
    "sept_ve_disable_unset": ("Refused", "SeptVe"),
    "service_td": ("Refused", "ServiceTd"),
    "provision_key": ("Refused", "ProvisionKey"),
    "einittoken_key": ("Refused", "EinitTokenKey"),
}


def name(value) -> str:
    return value.name.lower() if hasattr(value, "name") else str(value)


def check(rule: BrokenRule, kind, court) -> None:
    judged = court.judge_evidence(build(rule.apply(court.spec(kind))))
    if rule.status is None:
        assert (judged.outcome, judged.reason) == REFUSALS[rule.name]
        if rule.policy:
            # Genuine, judged, and refused for what it says.
            assert (judged.outcome, judged.status) == ("Refused", "UpToDate")
        return
    assert (judged.outcome, judged.reason) == ("Accepted", "")
    assert judged.status == rule.status.value
    assert judged.advisories == frozenset(rule.advisory_ids)


@pytest.mark.parametrize(("rule", "kind"), SOME, ids=name)
def test_judge_follows_rule(rule, kind, court):
    check(rule, kind, court)


@pytest.mark.deep
@pytest.mark.parametrize(("rule", "kind"), OTHERS, ids=name)
def test_judge_follows_rule_for_other_kinds(rule, kind, court):
    check(rule, kind, court)


def test_every_refused_rule_has_its_answer():
    assert {rule.name for rule in BROKEN if rule.status is None} == set(REFUSALS)
