"""An answer in another form than JSON: its own type, its own bytes, to be saved, under the same headers."""

from backend.api.openapi import document
from backend.usecases.work import Answer
from tests.api.edge import ID, Edge

PAGE = b"<!doctype html><title>x</title>"
PATH = f"/v1/agreements/{ID}/evidence"


async def test_a_certificate_is_sent_as_it_is_to_be_saved(edge: Edge) -> None:
    edge.perform.answer = Answer({"json": True}, media=("text/html; charset=utf-8", PAGE))
    response = await edge.send("GET", f"{PATH}?annotator={ID}&format=html")
    assert (response.status_code, response.content) == (200, PAGE)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-disposition"] == "attachment"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert edge.perform.arguments["format"] == "html"


async def test_without_another_form_the_answer_is_json(edge: Edge) -> None:
    edge.perform.answer = Answer({"json": True})
    response = await edge.send("GET", PATH)
    assert response.json() == {"json": True} and "content-disposition" not in response.headers
    assert edge.perform.arguments["annotator"] is None and edge.perform.arguments["format"] == "json"


async def test_only_known_forms_are_served(edge: Edge) -> None:
    await edge.refused(await edge.send("GET", f"{PATH}?format=pdf"), 422, "query_invalid")


def test_the_document_names_both_forms() -> None:
    operation = document()["paths"]["/v1/agreements/{agreement}/evidence"]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/html"}
