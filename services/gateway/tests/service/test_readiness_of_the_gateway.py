"""When the gateway is ready: once each service has answered; a service lost later closes no door to the others."""

import httpx2
import pytest

from chassis.facing.tokens import Tokens
from chassis.testing.processes import free_port
from gateway.adapters.services import HttpServices
from gateway.http import build_app


@pytest.fixture
async def services(stand):
    services = HttpServices({"people": stand.address}, 5)
    yield services
    await services.close()


async def test_it_is_ready_once_each_service_answered_and_stays_so(services, stand, tmp_path):
    app = build_app(services, Tokens(str(tmp_path / "none"), "qizheng"), largest_body=1, page_patience=1, build="b")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway") as client:
        assert (await client.get("/health/ready")).json() == {"status": "ready", "away": [], "build": "b"}
        stand.close()
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready", "away": ["people"], "build": "b"})


async def test_a_service_that_never_came_keeps_it_from_being_ready(tmp_path):
    services = HttpServices({"people": f"http://127.0.0.1:{free_port()}"}, 5)
    app = build_app(services, Tokens(str(tmp_path / "none"), "qizheng"), largest_body=1, page_patience=1, build="b")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway") as client:
        answer = await client.get("/health/ready")
    await services.close()
    assert (answer.status_code, answer.json()["missing"]) == (503, ["people"])
