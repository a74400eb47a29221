from pathlib import Path

from server.accounts.permission_table import Rule, permission_page
from server.accounts.roles import PERMISSIONS, Permission, Role
from server.app import make_app
from server.permissions import PAGE, rules_of
from server.settings import Settings


def test_the_page_is_current(tmp_path: Path) -> None:
    page = permission_page(rules_of(make_app(Settings(data=tmp_path))))
    assert PAGE.read_text(encoding="utf-8") == page, "run scripts/permissions"


def test_every_right_of_every_role_is_on_it() -> None:
    page = permission_page([Rule("/a", "POST", "`stop`"), Rule("/a", "GET", "everybody")])
    for permission in Permission:
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{permission}` |")]
        held = {role for role in Role if permission in PERMISSIONS[role]}
        assert row.count("✓") == len(held)
    assert page.index("| `GET` | `/a` | everybody |") < page.index("| `POST` | `/a` | `stop` |")
