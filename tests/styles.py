"""``make styles``: the part of Bootstrap that our pages use, cut out of its own compiled file.

A rule stays where every class it asks for is written somewhere in our templates, code or scripts, or in the templates
of crispy forms that draw our fields; a variable stays where a style that is left reads it. Nothing is reordered or
rewritten, so what is left looks as it did. ``tests/test_styles.py`` fails where the result is not up to date.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import crispy_bootstrap5

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "static/vendor/bootstrap.min.css"
TARGET = ROOT / "static/css/bootstrap.css"
APPS = ("stadtbezirk", "funding", "projects", "members")
CRISPY = Path(crispy_bootstrap5.__file__).parent / "templates"
#: What ``as_crispy_field`` and ``crispy`` render; ours in ``templates/`` go first.
FIELDS = ("bootstrap5/field.html", "bootstrap5/uni_form.html")
DOCSTRING = re.compile(r'""".*?"""', re.DOTALL)
QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`")
TAGS = re.compile(r"{%.*?%}|{{.*?}}")
CLASSES = re.compile(r'class="((?:{%.*?%}|{{.*?}}|[^"])*)"')
LICENCE = re.compile(r"/\*!.*?\*/", re.DOTALL)
Rule = tuple[str, str]


def sources() -> Iterator[Path]:
    """Every file that may name a class."""
    yield from (ROOT / "templates").rglob("*.html")
    yield from (ROOT / "static/js").glob("*.js")
    for app in APPS:
        yield from (ROOT / app).rglob("*.py")
    wanted, seen = list(FIELDS), set()
    while wanted:
        name = wanted.pop()
        if name not in seen and (CRISPY / name).exists():
            seen.add(name)
            wanted += re.findall(r"""{% include ["']([^"']+)["']""", (CRISPY / name).read_text())
            yield CRISPY / name


def written() -> set[str]:
    """Words that may be classes: those in quotes in code and template tags, and in class attributes."""
    found: set[str] = set()
    for path in sources():
        text = path.read_text()
        if path.suffix == ".html":
            text = " ".join(CLASSES.findall(text) + TAGS.findall(text))
        else:
            text = " ".join(QUOTED.findall(DOCSTRING.sub("", text)))
        found.update(re.findall(r"[a-zA-Z][\w-]*", text))
    return found


def rules(css: str) -> Iterator[Rule]:
    """Head and body of each rule; the rules in ``@media`` and ``@keyframes`` are its body."""
    position = 0
    while (start := css.find("{", position)) >= 0:
        depth, end = 1, start + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[position:start], css[start + 1 : end - 1]
        position = end


def parts(text: str, separator: str) -> list[str]:
    """Selectors or declarations: split where no bracket and no quote is open."""
    found, depth, quote = [""], 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "()[]":
            depth += 1 if sign in "([" else -1
        if sign == separator and not depth and not quote:
            found.append("")
        else:
            found[-1] += sign
    return [part for part in found if part]


def used_rules(css: str, words: set[str]) -> list[Rule]:
    found = []
    for head, body in rules(css):
        if head.startswith("@media"):
            inner = used_rules(body, words)
            body = "".join(f"{h}{{{b}}}" for h, b in inner)
        elif not head.startswith("@"):
            head = ",".join(
                selector
                for selector in parts(head, ",")
                if set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r":not\([^)]*\)", "", selector))) <= words
            )
        if head and body:
            found.append((head, body))
    return found


def cut(css: str, words: set[str], others: str) -> str:
    """``css`` without what nothing asks for; ``others`` are the styles and scripts beside it."""
    licence = LICENCE.search(css)
    assert licence
    charset, css = css[: licence.start()], css[licence.end() :]
    text = "".join(f"{head}{{{body}}}\n" for head, body in used_rules(css, words))
    while True:
        before = text
        read = set(re.findall(r"var\((--[\w-]+)", text + others))
        moves = set(re.findall(r"animation(?:-name)?:[^;}]*", text + others))
        kept = []
        for head, body in rules(text):
            head = head.strip()
            if head.startswith("@keyframes") and not any(head.split()[-1] in move for move in moves):
                continue
            kept.append((head, _without_unread(body, read)))
        text = "".join(f"{head}{{{body}}}\n" for head, body in kept if body)
        if text == before:
            return f"{charset}{licence[0]}\n{text}"


def _without_unread(body: str, read: set[str]) -> str:
    if "{" in body:
        return "".join(f"{h}{{{b}}}" for h, inner in rules(body) if (b := _without_unread(inner, read)))
    return ";".join(d for d in parts(body, ";") if not d.startswith("--bs-") or d.split(":")[0] in read)


def bootstrap() -> str:
    others = [*(ROOT / "static/css").glob("*.css"), *(ROOT / "static/js").glob("*.js")]
    return cut(SOURCE.read_text(), written(), "".join(p.read_text() for p in others if p != TARGET))


if __name__ == "__main__":
    TARGET.write_text(bootstrap())
