"""Keys are made, listed and taken back; what is not quite one opens nothing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from core.access import Role
from core.errors import BadInput
from ingestion.catalogue import Catalogue
from tests.ui.closed_api import bearer
from ui.cli import app as cli
from ui.key_ring import KeyRing


class TestKeys:
    def test_a_key_is_kept_as_a_hash_and_shown_again_by_its_beginning(self, ring: KeyRing) -> None:
        key, words = ring.create(" Ada  Lovelace", Role.SEARCHER, by="Bob")
        assert words.startswith(f"{key.key_id}_")
        assert (key.name, key.role, key.last_used_at) == ("Ada Lovelace", Role.SEARCHER, None)
        secret = words.removeprefix(f"{key.key_id}_")
        assert len(secret) == 43
        assert secret not in repr(ring.given_out())

    def test_no_secret_lies_in_the_database(self, tmp_path: Path) -> None:
        catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'c.sqlite3'}")
        _, words = KeyRing(catalogue).create("ada", Role.READER, by="Bob")
        catalogue.close()
        secret = words.rsplit("_", 1)[1] if words.count("_") == 2 else words.split("_", 2)[2]
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert secret.encode() not in kept

    def test_use_is_noted(self, ring: KeyRing) -> None:
        key, words = ring.create("ada", Role.READER, by="Bob")
        opened = ring.open(words)
        assert opened is not None
        (kept,) = [one for one in ring.given_out() if one.key_id == key.key_id]
        assert kept.last_used_at is not None

    @pytest.mark.parametrize(
        "change",
        [
            lambda words: words[:-1],
            lambda words: words[:-1] + ("A" if words[-1] != "A" else "B"),
            lambda words: words.upper(),
            lambda words: words[:13],
            lambda words: "limn_00000000_" + words[14:],
            lambda _: "",
            lambda _: "limn_",
            lambda _: "é" * 50,
        ],
    )
    def test_words_that_are_nearly_right_open_nothing(self, ring: KeyRing, change: Any) -> None:
        _, words = ring.create("ada", Role.READER, by="Bob")
        assert ring.open(change(words)) is None

    def test_a_revoked_key_opens_nothing_at_once(self, closed: TestClient, ring: KeyRing) -> None:
        key, words = ring.create("ada", Role.READER, by="Bob")
        assert closed.get("/api/v1/casebook/projects", headers=bearer(words)).status_code == 200
        first = ring.revoke(key.key_id)
        answer = closed.get("/api/v1/casebook/projects", headers=bearer(words))
        assert answer.status_code == 401
        assert words not in answer.text
        assert ring.revoke(key.key_id).revoked_at == first.revoked_at

    def test_an_administrator_makes_lists_and_takes_back_over_rest(
        self, closed: TestClient, role_keys: dict[Role, str]
    ) -> None:
        admin = bearer(role_keys[Role.ADMIN])
        asked = {"name": "robot", "role": "searcher", "expires": "30d"}
        made = closed.post("/api/v1/keys", json=asked, headers=admin)
        assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
        robot, key_id = bearer(made.json()["key"]), made.json()["key_id"]
        assert made.json()["made_by"] == "a admin"
        assert closed.get("/api/v1/casebook/projects", headers=robot).status_code == 200
        for method, path in (("GET", "/keys"), ("POST", "/keys"), ("DELETE", f"/keys/{key_id}")):
            answer = closed.request(method, f"/api/v1{path}", headers=robot, json=asked)
            assert answer.status_code == 403, (method, path)
        listed = closed.get("/api/v1/keys", headers=admin)
        assert made.json()["key"] not in listed.text
        assert key_id in {key["key_id"] for key in listed.json()}
        gone = closed.delete(f"/api/v1/keys/{key_id}", headers=admin)
        assert (gone.status_code, gone.json()["valid"]) == (200, False)
        assert closed.get("/api/v1/casebook/projects", headers=robot).status_code == 401
        assert closed.delete("/api/v1/keys/limn_00000000", headers=admin).status_code == 404
        late = closed.post("/api/v1/keys", json={**asked, "expires": "soon"}, headers=admin)
        assert late.status_code == 400
        assert "write 90d" in late.json()["detail"]

    def test_an_expired_key_opens_nothing(
        self, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, words = ring.create(
            "ada", Role.READER, by="Bob", expires_at=datetime.now(UTC) + timedelta(days=1)
        )
        assert ring.open(words) is not None
        later = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
        monkeypatch.setattr("ui.key_ring.now", lambda: later)
        assert ring.open(words) is None

    def test_a_key_that_would_never_open_is_refused(self, ring: KeyRing) -> None:
        with pytest.raises(BadInput, match="never open"):
            ring.create("ada", Role.READER, by="Bob", expires_at=datetime.now(UTC))
        with pytest.raises(BadInput, match="limn keys list"):
            ring.revoke("limn_ffffffff")

    def test_keys_work_in_every_database(self, catalogue_url: str) -> None:
        catalogue = Catalogue.open(catalogue_url)
        ring = KeyRing(catalogue)
        key, words = ring.create("ada", Role.OPERATOR, by="Bob")
        opened = ring.open(words)
        assert opened is not None
        assert (opened.key_id, opened.role) == (key.key_id, Role.OPERATOR)
        ring.revoke(key.key_id)
        assert (ring.open(words), ring.valid(key.key_id)) == (None, None)
        catalogue.close()

    def test_the_command_line_makes_lists_and_takes_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LIMN_HOME", str(tmp_path))
        run = CliRunner().invoke
        asked = ["keys", "create", "ada", "--role", "searcher", "--expires"]
        made = json.loads(run(cli, [*asked, "90d", "--json"]).stdout)
        assert made["key"].startswith(made["key_id"])
        listed = run(cli, ["keys", "list", "--json"]).stdout
        assert made["key"] not in listed
        assert json.loads(listed)["keys"][0]["valid"] is True
        assert "opens nothing" in run(cli, ["keys", "revoke", made["key_id"]]).stdout
        assert json.loads(run(cli, ["keys", "list", "--json"]).stdout)["keys"][0]["valid"] is False
        wrong = run(cli, [*asked, "soon"])
        assert isinstance(wrong.exception, BadInput)
        assert run(cli, ["keys", "create", "ada", "--role", "emperor"]).exit_code == 2
