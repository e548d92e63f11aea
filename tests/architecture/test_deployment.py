"""What must hold for the container image and for the composition, as far as files can show it."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from app.core.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSITION = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSITION["services"]
OURS = ("migrate", "app", "worker")
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")


def known_settings() -> set[str]:
    """Return every name that an environment may set, nested ones included."""
    return {f"KONTOR_{name}".upper() for name in names_in(Settings)}


def names_in(tree: type[BaseModel]) -> set[str]:
    names = set()
    for name, field in tree.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            names |= {f"{name}__{inner}" for inner in names_in(field.annotation)}
        else:
            names.add(name)
    return names


def interpolated() -> set[str]:
    return set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))


def test_every_setting_in_the_composition_exists():
    used = {name for service in OURS for name in SERVICES[service]["environment"]}
    used |= {name for name in EXAMPLE if name.startswith("KONTOR_")}
    used |= set(re.findall(r"\b(KONTOR_[A-Z_]+)=", DOCKERFILE))
    assert used <= known_settings()


def test_every_variable_of_the_composition_is_in_the_example_and_the_other_way_round():
    assert interpolated() == set(EXAMPLE)


def test_there_is_no_default_for_a_secret():
    secrets = {name for name in EXAMPLE if SECRET.search(name)}
    assert secrets
    assert not {name for name in secrets if EXAMPLE[name]}
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.findall(r"\$\{\w*(?:PASSWORD|SECRET)\w*:?-[^}]", text)
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name):
                assert str(value).startswith("${"), name


def test_the_composition_with_its_example_filled_in_is_a_valid_production(monkeypatch):
    filled = {name: value or "x" * 40 for name, value in EXAMPLE.items()}
    filled |= {"SITE_HOST": "kontor.example"}
    monkeypatch.delenv("KONTOR_REQUIRE_DURABLE_DATABASE")  # the tests' own
    for name, value in SERVICES["app"]["environment"].items():
        text = re.sub(r"\$\{(\w+)[^}]*\}", lambda found: filled[found[1]], str(value))
        monkeypatch.setenv(name, text)
    settings = Settings()
    assert settings.mode == "production"
    assert settings.is_https
    assert settings.database_url
    assert settings.database_url.endswith("@postgres:5432/kontor")
    assert settings.trusted_proxies == (SERVICES["caddy"]["networks"]["inside"]["ipv4_address"],)


def test_a_production_never_works_with_a_database_that_forgets():
    with pytest.raises(ValueError, match="REQUIRE_DURABLE_DATABASE must be true"):
        Settings(
            mode="production",
            base_url="https://kontor.example",
            secret="x" * 40,
            require_durable_database=False,
        )


@pytest.mark.parametrize("service", SERVICES)
def test_every_image_says_which_version_it_is(service):
    image = SERVICES[service]["image"]
    assert ":" in image
    assert not image.endswith(":latest")


def test_every_base_image_says_which_version_it_is():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim", base) for base in bases)


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_service_is_watched_and_comes_back(service):
    assert SERVICES[service]["restart"] == "unless-stopped"
    watched_by_image = service == "app" and "HEALTHCHECK" in DOCKERFILE
    assert watched_by_image or SERVICES[service]["healthcheck"]["test"]


def test_the_image_runs_as_nobody_special_and_checks_hashes():
    last = DOCKERFILE.rsplit("FROM ", 1)[1]
    user = re.search(r"^USER (\d+):(\d+)$", last, re.MULTILINE)
    assert user
    assert int(user[1]) > 1000
    assert last.index("USER ") < last.index("CMD ")
    assert "--require-hashes" in DOCKERFILE


@pytest.mark.parametrize("service", OURS)
def test_our_containers_can_write_only_where_files_are_kept(service):
    described = SERVICES[service]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert described["security_opt"] == ["no-new-privileges:true"]
    assert described["volumes"] == ["files:/var/lib/kontor"]


def test_nothing_is_served_before_the_database_is_up_to_date():
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for service in ("app", "worker"):
        condition = SERVICES[service]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"


def test_only_caddy_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]


def test_every_named_volume_is_declared():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used == set(COMPOSITION["volumes"])


def test_the_database_is_the_one_that_everything_is_tested_on():
    assert SERVICES["postgres"]["image"] == "postgres:18"
    # Since version 18 the image keeps its data in a subfolder of this one.
    assert SERVICES["postgres"]["volumes"] == ["database:/var/lib/postgresql"]


def test_what_the_image_copies_is_let_through():
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    for path in ("app", "migrations", "alembic.ini", "deploy/healthcheck.py", "requirements.lock"):
        assert (ROOT / path).exists()
        assert f"!{path}" in let_through


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_are_complete_and_name_no_place(lock):
    text = (ROOT / lock).read_text()
    pinned = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==", text, re.MULTILINE)
    entries = re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]
    assert len(pinned) == len(entries) > 50
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|file:|--index|--find-links|--extra-index|@ ", text)
