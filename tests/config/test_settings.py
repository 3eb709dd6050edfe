"""The settings file: strict in reading, careful in writing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.config.settings import Limits, Settings, load_settings, parse_settings, save_setting
from judgetui.config.toml_lines import find_line, set_line
from judgetui.errors import InputError

FULL = """\
# My settings.
judge = "lab:big"   # the large one
theme = "nord"
concurrency = 8
timeout = 30
max_retries = 0

[profiles.lab]
base_url = "http://127.0.0.1:8080/v1/"
key_env = "LAB_KEY"
headers = { "x-team" = "judges", "x-api-key" = "$LAB_HEADER" }

[profiles."v0.2"]
base_url = "https://example.org/v1"

[local]
threads = 2
context = 8192
"""


def test_everything() -> None:
    found = parse_settings(FULL)
    assert (found.judge, found.theme, found.concurrency, found.timeout, found.max_retries) == (
        "lab:big",
        "nord",
        8,
        30.0,
        0,
    )
    lab = found.profiles["lab"]
    assert (lab.name, lab.base_url, lab.key_env) == ("lab", "http://127.0.0.1:8080/v1", "LAB_KEY")
    assert dict(lab.headers) == {"x-team": "judges", "x-api-key": "$LAB_HEADER"}
    assert set(found.profiles) == {"lab", "v0.2"}
    assert (found.local.threads, found.local.context) == (2, 8192)


def test_nothing(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == Settings() == parse_settings("")
    assert parse_settings("[local]\n").local == Settings().local


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert load_settings(file) == parse_settings(FULL)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('judge = "a:b"\ntheem = "x"', "s.toml:2: theem: 'theem' is not a known key. Did you mean 'theme'?"),
        ("[loca]\nthreads = 1", "s.toml:1: loca: 'loca' is not a known key. Did you mean 'local'?"),
        (
            "[local]\n\nthread = 1",
            "s.toml:3: local.thread: 'thread' is not a known key. Did you mean 'threads'?",
        ),
        ("zzz = 1", "The known keys are judge"),
        ("local = 3", "s.toml:1: local: this is a number, not a mapping"),
        ("[local]\nthreads = 0", "s.toml:2: local.threads: 0 is out of range"),
        ("concurrency = true", "s.toml:1: concurrency: expected a whole number"),
        ('timeout = "1"', "s.toml:1: timeout: expected a number"),
        ("judge = 3", "s.toml:1: judge: expected text"),
        ("profiles = 3", "expected a mapping"),
        ("[profiles]\nlab = 3", "profiles.lab: this is a number"),
        ("[profiles.lab]\nkey_env = 'A'", "profiles.lab.base_url: this is missing"),
        (
            '[profiles.lab]\nbase_url = "example.org"',
            "s.toml:2: profiles.lab.base_url: this is not a web address",
        ),
        ('[profiles.lab]\nbase_url = "https://a:b@c/v1"', "a user, a password or a query"),
        ('[profiles.lab]\nbase_url = "http://[::1"', "this is not a web address"),
        ('[profiles.lab]\nbase_url = "https://user:password"', "this is not a web address"),
        ('[profiles.lab]\nbase_url = "https://c/v1?key=1"', "a user, a password or a query"),
        ('[profiles.lab]\nbase_url = "http://c"\nkey_env = "my key"', "not the name of an environment"),
        ('[profiles.lab]\nbase_url = "http://c"\nheaders = {a = 1}', "profiles.lab.headers.a: expected text"),
        (
            '[profiles.lab]\nbase_url = "http://c"\nheaders = {a = "caf\u00e9"}',
            "profiles.lab.headers.a: a header holds printable ASCII alone",
        ),
        ('[profiles.openai]\nbase_url = "http://c"', "'openai' is the name of a provider"),
        ('[profiles."a b"]\nbase_url = "http://c"', "no name for a profile"),
        ("judge = ", "s.toml:1: This is not TOML"),
        ('a = 1\nb = "x', "s.toml:2: This is not TOML"),
        ("a = 1\na = 2", "This is not TOML"),
    ],
)
def test_mistakes_are_placed(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_settings(text, "s.toml")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "{}"',
        'openai_api_key = "{}"',
        'judge = "{}"',
        '[profiles.lab]\nbase_url = "http://c"\nkey = "{}"',
        '[profiles.lab]\nbase_url = "http://c"\nkey_env = "{}"',
        '[profiles.lab]\nbase_url = "http://c"\n[profiles.lab.headers]\nAuthorization = "Bearer {}"',
        '[profiles.lab]\nbase_url = "http://c"\n[profiles.lab.headers]\n"x-api-key" = "{}"',
        '[secrets]\ntoken = "{}"',
    ],
)
def test_keys_are_refused_and_not_repeated(text: str) -> None:
    key = "sk-abcdef0123456789abcdef"
    with pytest.raises(InputError) as caught:
        parse_settings(text.format(key), "s.toml")
    told = str(caught.value)
    assert "API keys are not kept in the settings file" in told
    assert "key_env" in told and "keyring set judgetui" in told
    assert "abcdef" not in told
    assert caught.value.place.line > 0


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_bytes(b"\xff\xfe")
    for path in (tmp_path, tmp_path / "s.toml"):
        with pytest.raises(InputError, match="cannot be read"):
            load_settings(path)


class TestSaving:
    def test_a_value_changes_and_nothing_else(self, tmp_path: Path) -> None:
        file = tmp_path / "s.toml"
        file.write_text(FULL)
        save_setting(file, "judge", "local:smollm2")
        assert file.read_text() == FULL.replace('"lab:big"', '"local:smollm2"')
        save_setting(file, "local.threads", 6)
        assert load_settings(file).local.threads == 6
        save_setting(file, "rater", "ana")
        assert load_settings(file).rater == "ana"
        save_setting(file, "judge", None)
        assert load_settings(file).judge == ""
        assert "# My settings." in file.read_text()

    def test_a_first_setting(self, tmp_path: Path) -> None:
        file = tmp_path / "new" / "s.toml"
        save_setting(file, "theme", "nord")
        assert file.read_text() == 'theme = "nord"\n'
        save_setting(file, "local.threads", 4)
        assert file.read_text() == 'theme = "nord"\n\n[local]\nthreads = 4\n'
        save_setting(file, "judge", 'a:"b" \\ ü\t\x7f')
        assert load_settings(file).judge == 'a:"b" \\ ü\t\x7f'
        save_setting(file, "local.threads", None)
        assert load_settings(file).local.threads is None

    def test_what_is_not_there_need_not_go(self, tmp_path: Path) -> None:
        file = tmp_path / "s.toml"
        for text in ("", "# note", "theme = 'nord'", "[local]\ncontext = 512"):
            file.write_text(text)
            save_setting(file, "local.threads", None)
            save_setting(file, "judge", None)
            assert file.read_text() == text

    def test_a_file_without_an_end_of_line(self, tmp_path: Path) -> None:
        file = tmp_path / "s.toml"
        file.write_text('judge = "a:b"')
        save_setting(file, "local.threads", 2)
        save_setting(file, "theme", "nord")
        assert file.read_text() == 'judge = "a:b"\ntheme = "nord"\n\n[local]\nthreads = 2\n'

    def test_a_key_goes_to_its_table(self, tmp_path: Path) -> None:
        file = tmp_path / "s.toml"
        file.write_text("# note\n[local]\ncontext = 512\n# end")
        save_setting(file, "local.threads", 2)
        save_setting(file, "theme", "nord")
        text = file.read_text()
        assert load_settings(file).local.threads == 2 and load_settings(file).theme == "nord"
        assert "# note" in text and "# end" in text

    def test_windows_line_ends_stay(self, tmp_path: Path) -> None:
        file = tmp_path / "s.toml"
        file.write_bytes(b'judge = "a:b"\r\n')
        save_setting(file, "theme", "nord")
        assert file.read_bytes() == b'judge = "a:b"\r\ntheme = "nord"\r\n'

    @pytest.mark.parametrize(
        ("text", "key", "value"),
        [
            ("local = {threads = 1}", "local.threads", 2),
            ("local.threads = 1", "local.threads", 2),
            ('theme = """\nnord"""', "theme", "x"),
            ('theme = """\njudge = 1\n"""', "judge", "a:b"),
        ],
    )
    def test_what_it_does_not_understand_it_leaves_alone(
        self, tmp_path: Path, text: str, key: str, value: str | int
    ) -> None:
        file = tmp_path / "s.toml"
        file.write_text(text)
        with pytest.raises(InputError, match="not changed safely"):
            save_setting(file, key, value)
        assert file.read_text() == text

    @pytest.mark.parametrize(
        ("key", "value"),
        [("timeout", 3), ("judge", 3), ("local.threads", "3"), ("local.threads", True), ("local.threads", 0)],
    )
    def test_what_is_no_setting_or_no_value(self, tmp_path: Path, key: str, value: str | int) -> None:
        with pytest.raises(InputError):
            save_setting(tmp_path / "s.toml", key, value)
        assert not (tmp_path / "s.toml").exists()

    def test_a_secret_is_not_saved(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="API keys"):
            save_setting(tmp_path / "s.toml", "judge", "sk-abcdef0123456789abcdef")

    def test_a_file_that_cannot_be_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(path: Path, data: bytes) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("judgetui.config.files.write_whole", fail)
        with pytest.raises(InputError, match="No space left"):
            save_setting(tmp_path / "s.toml", "theme", "nord")

    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_any_text_survives(self, value: str) -> None:
        text = set_line('# x\ntheme = "old" # why\n', "theme", value)
        assert tomllib.loads(text) == {"theme": value}
        assert text.endswith(" # why\n")


def test_lines_are_found() -> None:
    assert find_line(FULL, "profiles.lab.key_env") == 10
    assert find_line(FULL, "profiles.v0.2.base_url") == 14
    assert find_line(FULL, "profiles.lab.headers.x-team") == 11
    assert find_line(FULL, "local.nothing") == 16
    assert find_line(FULL, "nothing") == 0


def test_limits_are_those_of_a_provider_or_profile() -> None:
    settings = parse_settings(
        '[profiles.lab]\nbase_url = "http://127.0.0.1:1/v1"\n[limits.lab]\nrequests_per_minute = 60\n'
        "[limits.openai]\ntokens_per_minute = 1000\n"
    )
    assert settings.limits == {"lab": Limits(60, None), "openai": Limits(None, 1000)}
    with pytest.raises(InputError, match="no provider or profile") as caught:
        parse_settings("[limits.opnai]\nrequests_per_minute = 60\n", "s.toml")
    assert "openai" in str(caught.value)
    with pytest.raises(InputError, match="out of range"):
        parse_settings("[limits.openai]\nrequests_per_minute = 0\n")


def test_without_a_number_the_concurrency_is_left_to_the_run() -> None:
    assert parse_settings("").concurrency is None
    assert parse_settings("concurrency = 7").concurrency == 7
