from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.server.conftest import Service


async def test_the_document_is_valid(service: Service) -> None:
    response = await service.get("/openapi.json")
    assert response.status == 200
    document = await response.json(content_type=None)
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"


async def test_the_document_tells_who_may_call(service: Service) -> None:
    document = await (await service.get("/openapi.json")).json(content_type=None)
    paths = document["paths"]
    assert paths["/broadcasts"]["get"]["security"] == []
    assert paths["/broadcasts/{broadcast}/orders"]["post"]["security"]
    assert "401" in paths["/broadcasts/{broadcast}/orders"]["post"]["responses"]
    ids = [one["operationId"] for path in paths.values() for one in path.values()]
    assert len(ids) == len(set(ids))
