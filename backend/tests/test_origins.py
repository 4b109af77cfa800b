"""Which origins the settings may name."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.core.settings import Environment, IdentityKind, Misconfigured, Settings
from app.crud.store.sqlite import SqliteStore
from app.main import create_app
from tests.fixtures_small import THEIRS
from tests.serving import client
from tests.world import World


def production(**more: Any) -> Settings:
    return Settings(
        environment=Environment.PRODUCTION,
        identity=IdentityKind.FIREBASE,
        firebase_project_id="resq",
        firestore_emulator_host=None,
        public_url="https://api.example.org",
        media_hosts="photos.example.org",
        **more,
    )


def test_production_names_its_origins() -> None:
    production(cors_origins="https://app.example.org").check()
    with pytest.raises(Misconfigured, match="RESQ_CORS_ORIGINS"):
        production(cors_origins="https://app.example.org,*").check()


@pytest.mark.parametrize(
    "origin",
    ["app.example.org", "https://app.example.org/path", "https://*.example.org", "ftp://a.org", "null", "http://"],
)
def test_what_is_no_origin_is_refused_at_start(origin: str) -> None:
    with pytest.raises(ValidationError, match="is not an origin"):
        Settings(cors_origins=origin)


def test_origins_are_compared_as_browsers_write_them() -> None:
    assert Settings(cors_origins="HTTPS://App.Example.org/ , http://[::1]:3000").cors_origins == (
        "https://app.example.org",
        "http://[::1]:3000",
    )


async def test_any_origin_may_be_allowed_where_it_is_not_production(sqlite_store: SqliteStore) -> None:
    app = create_app(Settings(cors_origins="*"), World.over(sqlite_store).services)
    async with app.router.lifespan_context(app), client(app) as http:
        assert (await http.get("/disasters", headers=THEIRS)).headers["access-control-allow-origin"] == "*"
