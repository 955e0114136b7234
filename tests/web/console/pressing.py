"""A page's form, filled in and pressed as a browser without scripts does."""

from __future__ import annotations

from html.parser import HTMLParser

from httpx2 import Response

from tests.web.console.desk import Visitor


class Page(HTMLParser):
    """The fields of the form of that id, and what its buttons would do."""

    def __init__(self, text: str, form: str) -> None:
        super().__init__()
        self.text = text
        self.fields: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self.saves = ""
        self._form, self._inside = form, False
        self._select, self._area = "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") == self._form
        elif self._inside:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "button" and "data-save" in given:
            self.saves = given["formaction"]
        elif tag == "button" and name == "do" and "disabled" not in given:
            self.buttons[given["value"]] = given["formaction"]
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in given or self._select not in self.fields:
                self.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._area, self.fields[name] = name, ""
        elif tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.fields[name] = "on" if given.get("type") == "checkbox" else given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data.lstrip("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


class Hand:
    """Somebody in front of the flow editor."""

    def __init__(self, visitor: Visitor, path: str) -> None:
        self._visitor = visitor
        answer = visitor.get(path)
        assert answer.status_code == 200, answer.status_code
        self.page = Page(answer.text, "flow-form")

    def writes(self, **typed: str) -> Hand:
        """Fill in fields by their names; `f_x` stands for `f.x`."""
        for name, text in typed.items():
            field = name.replace("_", ".", 1) if name[:2] in ("f_", "w0") else name
            assert field in self.page.fields, (field, sorted(self.page.fields))
            self.page.fields[field] = text
        return self

    def presses(self, what: str) -> Hand:
        sent = {**self.page.fields, "do": what}
        answer = self._visitor.post(self.page.buttons[what], sent)
        assert answer.status_code == 200, answer.text[:500]
        self.page = Page(answer.text, "flow-form")
        return self

    def saves(self) -> Response:
        answer = self._visitor.post(self.page.saves, self.page.fields)
        if answer.status_code != 303:
            self.page = Page(answer.text, "flow-form")
        return answer
