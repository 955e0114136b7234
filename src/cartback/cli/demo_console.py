"""The demo's console: the link that lets its owner in, and a browser to open it in."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from cartback.cli.serving import url_of
from cartback.web.console.asked import Demo
from cartback.web.console.demo_door import is_loopback

OWNER: Final = "owner@demo.example"
SENDER: Final = "me"
"""The customer's id in the event that one is asked to send."""

_OVER_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY")


def door_at(bound: socket.socket) -> Demo:
    """A word that nobody guesses; none where others than this machine may knock."""
    host = str(bound.getsockname()[0])
    return Demo(secrets.token_urlsafe(9) if is_loopback(host) else "", OWNER, SENDER)


def link_to(bound: socket.socket, demo: Demo, language: str) -> str:
    """The address that lets the owner in, empty where there is no door."""
    if not demo.word:
        return ""
    return f"{url_of(bound)}/demo/{demo.word}" + (
        "" if language == "en" else f"?language={language}"
    )


def has_desktop(
    environment: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    *,
    is_terminal: bool,
) -> bool:
    """Whether somebody sits before this machine and could see a browser."""
    if not is_terminal or any(environment.get(name) for name in (*_OVER_SSH, "CI")):
        return False
    return platform == "darwin" or any(environment.get(name) for name in _DISPLAYS)


def open_browser(link: str) -> None:
    """In a process of its own, so that nothing that it says disturbs the terminal."""
    nowhere = subprocess.DEVNULL
    subprocess.Popen(  # noqa: S603  our own address
        [sys.executable, "-m", "webbrowser", "-t", link],
        stdin=nowhere,
        stdout=nowhere,
        stderr=nowhere,
        start_new_session=True,
    )
