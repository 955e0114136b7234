"""The demo opens a browser where somebody could see it, and its door is for this machine."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cartback.cli.demo_console import door_at, has_desktop, link_to
from cartback.cli.serving import bind


@pytest.mark.parametrize(
    "environment, platform, opens",
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({}, "darwin", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "1 2 3 4"}, "linux", False),
        ({"SSH_TTY": "/dev/pts/0"}, "darwin", False),
        ({"DISPLAY": ":99", "CI": "true"}, "linux", False),
    ],
)
def test_a_browser_is_opened_on_a_desktop_only(
    environment: Mapping[str, str], platform: str, opens: bool
) -> None:
    assert has_desktop(environment, platform, is_terminal=True) == opens
    assert not has_desktop(environment, platform, is_terminal=False)


def test_the_door_has_a_new_word_each_time_and_only_for_this_machine() -> None:
    with bind("127.0.0.1", 0) as here, bind("0.0.0.0", 0) as everywhere:  # noqa: S104
        word = door_at(here).word
        assert len(word) >= 12
        assert door_at(here).word != word
        port = here.getsockname()[1]
        assert link_to(here, door_at(here), "en").startswith(f"http://127.0.0.1:{port}/demo/")
        assert link_to(here, door_at(here), "ko").endswith("?language=ko")
        assert door_at(everywhere).word == ""
        assert link_to(everywhere, door_at(everywhere), "ko") == ""
