"""Parses a Markdown page: fenced blocks with the comments before them, headings, links, code spans.

Comments on the line before a block, invisible in the rendered page:
    <!-- not run: REASON -->   the block is only checked: its shell syntax, options and config keys
    <!-- file: NAME -->        the page tells the reader to save the block under this name
    <!-- output -->            output of the block before; numbers may differ
At the top of a page:
    <!-- given: NAME NAME -->  files that the page assumes, such as downloads
"""
import dataclasses
import pathlib
import re

FENCE = re.compile(r"^```(.*)$")
COMMENT = re.compile(r"<!--\s*(given|not run|file|output)(?::\s*(.*?))?\s*-->")
COMMANDS = {"bash", "python"}
KINDS = COMMANDS | {"yaml", "json", "cpp", "text", "bibtex", "sbatch"}


@dataclasses.dataclass
class Block:
    language: str
    line: int
    text: str
    marks: dict  # from the comment before the block

    @property
    def only_checked(self):
        return self.marks.get("not run")


class Page:
    def __init__(self, path, root):
        self.path, self.name = pathlib.Path(path), str(pathlib.Path(path).relative_to(root))
        self.lines = self.path.read_text(encoding="utf-8").splitlines()
        self.blocks, self.prose, self.given = [], [], []
        self._split()

    def _split(self):
        fence, marks = None, {}
        for number, line in enumerate(self.lines, 1):
            match = FENCE.match(line)
            if fence is None and match:
                fence = Block(match.group(1).strip(), number, "", marks)
                marks = {}
            elif match:
                self.blocks.append(fence)
                fence = None
            elif fence is not None:
                fence.text += line + "\n"
            else:
                comment = COMMENT.search(line)
                if comment and comment.group(1) == "given":
                    self.given += comment.group(2).split()
                elif comment:
                    marks[comment.group(1)] = comment.group(2) or True
                elif line.strip():
                    marks = {}
                self.prose.append((number, line))
        if fence is not None:
            raise SystemExit(f"error: {self.name}:{fence.line}: this block has no end")

    def anchors(self):
        """Anchors of the headings, as GitHub makes them."""
        headings = [line.lstrip("#").strip() for _, line in self.prose if re.match(r"#{1,6} ", line)]
        plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "").lower() for text in headings]
        return {re.sub(r"[^\w\- ]", "", text).replace(" ", "-") for text in plain}

    def links(self):
        """(line, target) of every link and image."""
        for number, line in self.prose:
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                yield number, target

    def code_words(self):
        """(line, text) of every code span, and of every line of a block of commands or config."""
        text = "\n".join(line for _, line in self.prose)
        for match in re.finditer(r"(?<!`)`([^`]+)`(?!`)", text):
            yield self.prose[text.count("\n", 0, match.start())][0], " ".join(match.group(1).split())
        for block in self.blocks:
            if block.language in COMMANDS | {"sbatch"}:
                joined = re.sub(r"\\\n\s*", " ", block.text)
                for line in joined.splitlines():
                    yield block.line, line


def pages_of(root):
    root = pathlib.Path(root)
    return [Page(path, root) for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]]
