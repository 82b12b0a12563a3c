"""Renders Markdown with GitHub's own renderer (cmark-gfm) and with markdown-it, raw HTML and links of bare addresses
allowed, and says what came of it, as JSON: the elements, and the texts outside and inside of code. Beside each file
stands what marked made of it."""

import json
import sys
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt


class Seen(HTMLParser):
    """What a page is made of."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements = {}
        self.attributes = set()
        self.open = []
        self.prose = []
        self.text = []
        self.strange = []

    def handle_starttag(self, tag, attrs):
        self.elements[tag] = self.elements.get(tag, 0) + 1
        self.attributes.update(f"{tag} {name}" for name, _ in attrs)
        if tag not in ("br", "hr", "img", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.strange.append(f"</{tag}>")

    def handle_data(self, data):
        self.text.append(data)
        if "code" not in self.open:
            self.prose.append(data)

    def handle_comment(self, data):
        self.strange.append("comment")

    def handle_decl(self, decl):
        self.strange.append("declaration")

    def handle_pi(self, data):
        self.strange.append("instruction")

    def unknown_decl(self, data):
        self.strange.append("declaration")


def seen(html):
    page = Seen()
    page.feed(html)
    page.close()
    return {
        "elements": page.elements,
        "attributes": sorted(page.attributes),
        "strange": page.strange + page.open,
        # pieces stay apart: a word and the code after it are two texts
        "prose": "\x00".join(page.prose),
        "text": "".join(page.text),
    }


def cmark(text):
    extensions = ["table", "strikethrough", "autolink", "tagfilter", "tasklist"]
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    return cmarkgfm.markdown_to_html_with_extensions(text, options, extensions)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    markdown_it = MarkdownIt("gfm-like", {"html": True, "linkify": True, "typographer": False})
    with open(f"{path}.html", encoding="utf-8", newline="") as file:
        marked = file.read()
    return {"cmark-gfm": seen(cmark(text)), "markdown-it": seen(markdown_it.render(text)), "marked": seen(marked)}


json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
