"""Probes tell machines what they need and nobody anything about anybody."""

import pytest

from backend.api.probes import Readiness
from tests.api.edge import ID, Edge


async def test_a_process_that_answers_is_alive(edge: Edge) -> None:
    response = await edge.send("GET", "/livez", headers={})
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_the_version_is_told(edge: Edge) -> None:
    response = await edge.send("GET", "/version", headers={})
    assert response.json() == {"name": "muster", "version": "1.2.3"}


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
async def test_readiness_is_what_the_checks_say(ready: bool, status: int) -> None:
    edge = Edge(Readiness(ready, {"database": "ok", "redis": "degraded"}))
    response = await edge.send("GET", "/readyz", headers={})
    assert response.status_code == status
    assert response.json()["checks"] == {"database": "ok", "redis": "degraded"}


async def test_a_check_that_breaks_means_not_ready_and_tells_no_secret() -> None:
    response = await Edge(ConnectionRefusedError("password=secret")).send("GET", "/readyz", headers={})
    assert response.status_code == 503
    assert "secret" not in response.text


async def test_metrics_count_by_operation_and_status_and_name_nobody(edge: Edge) -> None:
    await edge.post(f"/v1/leases/{ID}/submit", {"answer": 1})
    await edge.post(f"/v1/leases/{ID}/submit", b"{")
    text = (await edge.send("GET", "/metrics", headers={})).text
    assert 'muster_http_requests_total{operation="lease_submit",status="2xx"} 1.0' in text
    assert 'muster_http_requests_total{operation="lease_submit",status="4xx"} 1.0' in text
    assert 'muster_http_request_seconds_count{operation="lease_submit"} 2.0' in text
    assert ID not in text


async def test_probes_leave_no_access_entry(edge: Edge) -> None:
    for path in ("/livez", "/readyz", "/version", "/metrics"):
        assert (await edge.send("GET", path)).status_code == 200
    assert (edge.perform.noted, edge.perform.asked, edge.perform.shown) == ([], [], [])
