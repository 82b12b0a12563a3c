"""Reads mails with Python's own parser and says what is in them, as JSON: headers, parts, and the facts that a reader finds
in the text and in the HTML. mails.py FILE..."""

import email
import email.policy
import json
import re
import sys
from html.parser import HTMLParser

EMPTY = ("br", "hr", "img", "meta")


class Page(HTMLParser):
    """Facts of a page: pairs of cells, links with their text, sentences, drawings; and whatever asks for more."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.cells, self.row, self.facts, self.outside, self.strange = [], [], None, [], [], []
        self.text, self.href, self.images = [], None, []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in EMPTY:
            self.open.append(tag)
        self.strange += [f"{tag} {name}" for name in attrs if name.startswith("on")]
        if tag in ("script", "iframe", "object", "embed", "form", "link", "base", "svg", "video", "audio"):
            self.strange.append(tag)
        for name, value in attrs.items():
            if name in ("src", "background", "srcset", "poster") and not (value or "").startswith("cid:"):
                self.outside.append(value)
            if name == "style" and "url(" in (value or ""):
                self.outside.append(value)
        if tag == "img":
            self.images.append((attrs["src"].removeprefix("cid:"), attrs["alt"]))
            self.text.append("\n" + attrs["alt"] + "\n")
        if tag == "tr" and attrs.get("class") == "fact":
            self.row = []
        if tag == "td" and self.row is not None:
            self.row.append("")
        if tag == "a":
            self.href, self.text_of_link = attrs["href"], ""
        if tag in ("p", "td", "h1", "h2", "div", "tr"):
            self.text.append("\n")

    def handle_endtag(self, tag):
        if tag in EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.strange.append(f"</{tag}>")
        if tag == "tr" and self.row is not None:
            self.facts.append(tuple(squeezed(cell) for cell in self.row))
            self.row = None
        if tag == "a":
            if self.text_of_link[:1].isupper():
                self.facts.append((squeezed(self.text_of_link), self.href))
            self.href = None
        if tag in ("p", "td", "h1", "h2", "div", "tr"):
            self.text.append("\n")

    def handle_data(self, data):
        if self.open and self.open[-1] in ("style", "title"):
            if self.open[-1] == "style" and ("url(" in data or "@import" in data):
                self.outside.append(data)
            return
        if self.row:
            self.row[-1] += data
        if self.href is not None:
            self.text_of_link += data
        self.text.append(data)


def squeezed(text):
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def facts_of(text):
    """`Name: value` lines, with the lines that go on below them."""
    facts = []
    for line in text.split("\n"):
        found = re.fullmatch(r"( *)([A-Z][a-z]+(?: [a-z]+)?): ?(.*)", line)
        if found and len(found[1]) in (0, 2):
            facts.append([len(found[1]), found[2], found[3]])
        elif facts and line.startswith(" " * (facts[-1][0] + 2)) and line.strip() and not line.lstrip().startswith("$ "):
            facts[-1][2] += " " + line.strip()
        else:
            facts.append([99, "", ""])
    return [(name, squeezed(value)) for _, name, value in facts if name]


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    page = Page()
    page.feed(html.get_content())
    page.close()
    parts = list(mail.walk())
    return {
        "headers": [[name, str(value)] for name, value in mail.items()],
        "defects": [str(d) for part in parts for d in part.defects]
        + [f"{name}: {d}" for part in parts for name, value in part.items() for d in value.defects],
        "types": [part.get_content_type() for part in parts],
        "longest_line": max(len(line) for line in raw.split(b"\r\n")),
        "bare_line_ends": raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
        "text": text.get_content(),
        "html_bytes": len(html.get_content().encode()),
        "html_encoded_bytes": len(html.get_payload()),
        "html_words": squeezed("".join(page.text)),
        "text_words": squeezed(text.get_content()),
        "text_facts": facts_of(text.get_content()),
        "html_facts": page.facts,
        "images": page.images,
        "image_ids": [p["Content-ID"].strip("<>") for p in parts if p.get_content_type() == "image/png"],
        "image_bytes": [len(p.get_content()) for p in parts if p.get_content_type() == "image/png"],
        "outside": page.outside,
        "strange": page.strange + page.open,
    }


json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
