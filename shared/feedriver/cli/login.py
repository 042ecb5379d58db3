"""The user and password of private feeds, as the command line is given them: best not as an argument."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from feedriver.cli.output import complain
from feedriver.errors import InputError

VARIABLE = "FEEDRIVER_PASSWORD"


def user(given: str | None, password_file: Path | None) -> str | None:
    """NAME:PASSWORD for `--user NAME`, its password read from the file, from the environment or from the terminal.

    `--user NAME:PASSWORD` is taken as it is, and complained of. Raises `InputError` where there is no password.
    """
    if given is None:
        if password_file:
            raise InputError("--password-file: give --user NAME beside it")
        return None
    name, colon, _ = given.partition(":")
    if colon:
        if password_file:
            raise InputError("--password-file: there is a password in --user already; give --user NAME")
        complain(
            "--user: a password in an argument is seen by other users of this machine and kept in the shell's history;"
            f" give --user NAME, and it is asked for, or read from --password-file FILE or from {VARIABLE}"
        )
        return given
    return f"{name}:{_password(name, password_file)}"


def _password(name: str, file: Path | None) -> str:
    if file:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"--password-file {file}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {name}: ")
    raise InputError(f"--user {name}: no password: give --password-file FILE or set {VARIABLE}; a terminal is asked")
