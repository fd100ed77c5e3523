"""cloister.toml: what is taken and what is said about what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from cloister.runtime.config import load
from cloister.runtime.errors import ConfigError
from cloister.runtime.identity import Identity, keygen

GOOD = """
party = "north"
key = "keys/north.key"
certificate = "keys/north.crt"
listen = "0.0.0.0:7100"
approved = ["{digest}"]

[peers.south]
address = "mpc.south.example:7101"
certificate = "south.crt"

[peers.west]
address = "[2001:db8::7]:7102"
certificate = '''
{west}'''

[inputs]
stay = "elsewhere/stays.csv"

[timeouts]
connect = 120
"""


@pytest.fixture
def people(tmp_path: Path) -> dict[str, Identity]:
    found = {name: keygen(name) for name in ("north", "south", "west")}
    (tmp_path / "keys").mkdir()
    found["north"].save(tmp_path / "keys" / "north.key", tmp_path / "keys" / "north.crt")
    (tmp_path / "south.crt").write_text(found["south"].certificate.pem)
    return found


def write(folder: Path, text: str, people: dict[str, Identity]) -> Path:
    path = folder / "cloister.toml"
    path.write_text(text.replace("{digest}", "ab" * 32).replace("{west}", people["west"].certificate.pem))
    return path


def test_everything(tmp_path: Path, people: dict[str, Identity]) -> None:
    config = load(write(tmp_path, GOOD, people))
    names = ["west", "north", "south"]
    assert config.party == "north"
    assert config.addresses(names) == [("2001:db8::7", 7102), ("0.0.0.0", 7100), ("mpc.south.example", 7101)]
    assert config.certificates(names) == [people[name].certificate for name in names]
    assert config.identity is not None
    assert config.identity.key_pem() == people["north"].key_pem()
    assert config.data == tmp_path / "data"
    assert config.inputs == {"stay": tmp_path / "elsewhere" / "stays.csv"}
    assert config.approved == {"ab" * 32}
    assert (config.connect_timeout, config.silence_timeout, config.insecure) == (120.0, 30.0, False)
    with pytest.raises(ConfigError, match=r"there is no \[peers\.east\]"):
        config.addresses(["north", "east"])


def test_insecure_needs_no_keys(tmp_path: Path, people: dict[str, Identity]) -> None:
    text = 'party = "north"\nlisten = "h:1"\ninsecure = true\n[peers.south]\naddress = "s:2"\n'
    config = load(write(tmp_path, text, people))
    assert config.insecure
    assert config.identity is None
    assert config.certificates(["north", "south"]) == []
    with pytest.raises(ConfigError, match="`key` is missing; make both files with: cloister keygen north"):
        load(write(tmp_path, text.replace("insecure = true", ""), people))


@pytest.mark.parametrize(("old", "new", "words"), [
    ('party = "north"', "", "the required key `party`"),
    ('party = "north"', "party = 3", r"Expected text, got a number - at `party`"),
    ('party = "north"', 'party = "south"', r"`peers\.south`: the party itself"),
    ('"0.0.0.0:7100"', '"0.0.0.0"', "`listen`: '0.0.0.0' is not an address"),
    ('"0.0.0.0:7100"', '"0.0.0.0:70000"', "`listen`: "),
    ("mpc.south.example:7101", "mpc south:1", r"`peers\.south\.address`"),
    ('"{digest}"', '"abc"', "`approved`: 'abc' is not a digest"),
    ("connect = 120", "connect = 0", r"`timeouts\.connect`: 0 is not"),
    ("connect = 120", "conect = 120", "the unknown key `conect`"),
    ('certificate = "south.crt"', "", r"`peers\.south\.certificate` is missing"),
    ('"south.crt"', '"none.crt"', r"none\.crt cannot be read"),
    ('"south.crt"', '"keys/north.crt"', r"`peers\.south\.certificate`: this is the certificate of `north`"),
    ("[peers.south]", "[peers.east]", r"`peers\.east\.certificate`: this is the certificate of `south`"),
    ("[inputs]", "[inputs", "is not TOML"),
])
def test_what_is_wrong_is_named(tmp_path: Path, people: dict[str, Identity], old: str, new: str,
                                words: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new), people)
    with pytest.raises(ConfigError, match=words) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "cloister.toml")
    (tmp_path / "cloister.toml").write_bytes(b'party = "\xff"')
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path / "cloister.toml")
