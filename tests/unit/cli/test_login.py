import pytest

from feedriver.cli.login import VARIABLE, user
from feedriver.errors import InputError


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch):
    """No variable, and standard input that is no terminal."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)


@pytest.fixture
def terminal(monkeypatch):
    """A person at a terminal who answers with a password; what she was asked."""
    asked = []

    def answer(prompt):
        asked.append(prompt)
        return "typed"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", answer)
    return asked


def test_without_a_user_there_is_no_login(terminal):
    assert user(None, None) is None
    assert terminal == []


def test_a_password_is_read_from_a_file_before_all_else(tmp_path, monkeypatch, terminal):
    monkeypatch.setenv(VARIABLE, "variable")
    (tmp_path / "password").write_text("from the file \r\n", encoding="utf-8")
    assert user("ann", tmp_path / "password") == "ann:from the file "
    assert terminal == []


def test_a_password_is_read_from_the_environment_before_a_person_is_asked(monkeypatch, terminal):
    monkeypatch.setenv(VARIABLE, "variable")
    assert user("ann", None) == "ann:variable"
    assert terminal == []


def test_an_empty_variable_is_an_empty_password(monkeypatch, terminal):
    monkeypatch.setenv(VARIABLE, "")
    assert user("ann", None) == "ann:"


def test_a_person_at_a_terminal_is_asked(terminal):
    assert user("ann", None) == "ann:typed"
    assert terminal == ["Password of ann: "]


def test_a_password_in_the_argument_is_taken_as_it_is_and_complained_of_without_being_shown(capsys):
    assert user("ann:can:ary", None) == "ann:can:ary"
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("feedriver: --user: a password in an argument is seen by other users")
    assert printed.err.count("\n") == 1
    assert "can:ary" not in printed.err


def test_no_other_way_is_complained_of(monkeypatch, capsys):
    monkeypatch.setenv(VARIABLE, "variable")
    user("ann", None)
    assert capsys.readouterr().err == ""


def test_where_nobody_can_be_asked_the_ways_to_give_a_password_are_named():
    with pytest.raises(InputError, match=f"^--user ann: no password: give --password-file FILE or set {VARIABLE}"):
        user("ann", None)


@pytest.mark.parametrize(
    ("given", "said"), [(None, "give --user NAME beside it"), ("ann:canary", "there is a password in --user already")]
)
def test_a_file_without_a_name_or_beside_a_password_is_refused(given, said, tmp_path):
    with pytest.raises(InputError, match=said) as refused:
        user(given, tmp_path / "password")
    assert "canary" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named_with_its_reason(tmp_path):
    with pytest.raises(InputError, match="password: No such file or directory"):
        user("ann", tmp_path / "password")
    (tmp_path / "password").write_bytes(b"canary\xff")
    with pytest.raises(InputError, match="password: not UTF-8") as refused:
        user("ann", tmp_path / "password")
    assert "canary" not in str(refused.value)
