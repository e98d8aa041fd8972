# SPDX-License-Identifier: Apache-2.0
"""Collateral fetched over HTTP from a service that runs in the test."""

from __future__ import annotations

import threading

import pytest

from pha.attestation.intel.oracle import judge
from pha.attestation.intel.pccs import FetchError, PccsClient
from tests.unit.attestation_py.pccs_service import publish


def client(service, **options) -> PccsClient:
    options.setdefault("sleep", lambda _: None)
    return PccsClient(service.url, timeout_seconds=5, **options)


@pytest.mark.parametrize("hexadecimal", [True, False], ids=["pccs", "der"])
def test_fetched_collateral_is_what_was_published(service, evidence, hexadecimal):
    publish(service, evidence, hexadecimal)
    fetched = client(service).collateral_for(evidence.parsed_quote)
    assert fetched == evidence.collateral
    assert len(service.asked) == 4


def test_fetched_collateral_serves_an_independent_judge(service, tdx):
    publish(service, tdx)
    fetched = client(service).collateral(tdx.spec.pck.extension.fmspc, "platform", tdx=True)
    assert judge(tdx.quote, fetched, tdx.at, tdx.root_der).status == "UpToDate"


def test_signed_text_is_cut_out_and_not_written_anew(service, tdx):
    publish(service, tdx)
    path = next(path for path in service.answers if "/tcb?" in path)
    spaced = tdx.collateral.tcb_info.replace(",", " , ")
    body = f'{{ "signature" : "{"ab" * 64}" , "tcbInfo" :  {spaced} }}'.encode()
    service.answers[path] = [(200, body, service.answers[path][0][2])]
    fetched = client(service).collateral_for(tdx.parsed_quote)
    assert fetched.tcb_info == spaced
    assert fetched.tcb_info_signature == b"\xab" * 64


def test_root_list_is_read_from_its_own_address(service, tdx):
    publish(service, tdx)
    del service.answers["/sgx/certification/v4/rootcacrl"]
    with pytest.raises(FetchError, match=r"rootcacrl: the service answers 404"):
        client(service).collateral_for(tdx.parsed_quote)
    service.serve("/elsewhere.der", tdx.root_crl)
    fetched = client(service, root_crl_url=f"{service.url}/elsewhere.der").collateral_for(tdx.parsed_quote)
    assert fetched == tdx.collateral


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_busy_service_is_asked_again_with_growing_pauses(service, tdx, status):
    path = "/sgx/certification/v4/rootcacrl"
    for _ in range(3):
        service.serve(path, b"", status)
    service.serve(path, tdx.root_crl)
    waits: list[float] = []
    assert client(service, sleep=waits.append, pause_seconds=1).root_crl() == tdx.root_crl
    assert waits == [1, 2, 4]


def test_busy_service_is_given_up_after_the_attempts(service):
    service.serve("/sgx/certification/v4/rootcacrl", b"", 503)
    with pytest.raises(FetchError, match=r"rootcacrl: the service answers 503 .*\(after 3 attempts\)"):
        client(service, attempts=3).root_crl()
    assert len(service.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_plain_refusal_is_not_repeated(service, status):
    service.serve("/sgx/certification/v4/rootcacrl", b"", status)
    with pytest.raises(FetchError, match=f"answers {status}"):
        client(service).root_crl()
    assert len(service.asked) == 1


def test_silent_service_times_out(service, monkeypatch):
    release = threading.Event()

    class Slow(list):
        def __len__(self) -> int:
            release.wait(5)
            return 1

    service.answers["/sgx/certification/v4/rootcacrl"] = Slow([(200, b"", {})])
    slow = PccsClient(service.url, timeout_seconds=0.2, attempts=1, sleep=lambda _: None)
    with pytest.raises(FetchError, match="timed out"):
        slow.root_crl()
    release.set()


def test_unreachable_service_is_named():
    unreachable = PccsClient("http://127.0.0.1:9", attempts=1)
    with pytest.raises(FetchError, match=r"^http://127.0.0.1:9/sgx/certification/v4/rootcacrl: "):
        unreachable.root_crl()


@pytest.mark.parametrize("url", ["ftp://example.org", "file:///etc/passwd", "example.org", ""])
def test_address_that_is_not_http_is_refused(url):
    with pytest.raises(FetchError, match="not an http or https address"):
        PccsClient(url)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff", "utf-8"),
        (b"{}", "tcbInfo: missing"),
        (b'{"tcbInfo":{}}', "signature: missing"),
        (b'{"tcbInfo":[],"signature":""}', "tcbInfo: expected dict"),
        (b'{"tcbInfo":{},"signature":"ab"}', "signature: expected 128 hexadecimal digits"),
    ],
)
def test_answer_of_another_form_is_refused(service, tdx, body, reason):
    publish(service, tdx)
    path = next(path for path in service.answers if "/tcb?" in path)
    service.answers[path] = [(200, body, service.answers[path][0][2])]
    with pytest.raises(FetchError, match=reason):
        client(service).collateral_for(tdx.parsed_quote)


@pytest.mark.parametrize("issuer_chain", [None, "", "nonsense"])
def test_answer_without_its_issuer_chain_is_refused(service, tdx, issuer_chain):
    publish(service, tdx)
    path = next(path for path in service.answers if "/tcb?" in path)
    headers = {} if issuer_chain is None else {"TCB-Info-Issuer-Chain": issuer_chain}
    service.answers[path] = [(200, service.answers[path][0][1], headers)]
    with pytest.raises(FetchError, match="TCB-Info-Issuer-Chain"):
        client(service).collateral_for(tdx.parsed_quote)


def test_list_that_is_neither_der_nor_hexadecimal_is_refused(service):
    service.serve("/sgx/certification/v4/rootcacrl", b"<html>")
    with pytest.raises(FetchError, match="neither DER nor hexadecimal"):
        client(service).root_crl()


def test_oversized_answer_is_refused(service):
    service.serve("/sgx/certification/v4/rootcacrl", bytes(5 << 20))
    with pytest.raises(FetchError, match="longer than"):
        client(service).root_crl()
