# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the manual: its chapters, what they show, the numbers in their sentences and the arithmetic beside them."""

import re
import textwrap
from pathlib import Path

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
BOLD_NUMBER = re.compile(rf"\*\*(?=[−-]?({NUMBER})([^*]*)\*\*)")
HEADING = re.compile(r"^#{1,4} (.+)$")

# What a unit stands for where both sides of an equation are masses: grams, and cubic metres.
UNITS = {"m³/kg": 1e-3, "mg/m³": 1e-3, "mg": 1e-3, "kg": 1e3, "t": 1e6, "g": 1, "m³": 1}
MASSES = {"t", "kg", "g", "mg"}
TOKEN = re.compile(rf"(?P<number>(?<![\w.]){NUMBER})|(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<operator>[-−+×·/()=])|(?P<percent>%)"
                   r"|(?P<unit>(?<![A-Za-z])(?:m³/kg|mg/m³|m³|mg|kg|t|g)(?![\w/³]))|(?P<space>\s+)|(?P<other>.)")
SPELLED = str.maketrans("−×·⁰¹²³⁴⁵⁶⁷⁸⁹", "-**0123456789")


def value_of(text):
    return float(text.replace(",", "").replace("−", "-"))


def rounding(text):
    """Half a unit of the last printed digit, and what a double may be off besides."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2]) * (1 + 1e-9)


class Chapter:
    """What stands under one heading: its prose on one line each, without the code, and its blocks of code."""

    def __init__(self, document, title):
        self.document, self.title, self.blocks = document, title, []
        self.paragraphs = [[]]

    @property
    def prose(self):
        return "\n".join(" ".join(lines) for lines in self.paragraphs if lines)

    def __str__(self):
        return f"{self.document}, chapter '{self.title}'"

    def block(self, start):
        """The block of code that begins so."""
        found = [block for block in self.blocks if block.startswith(start)]
        assert len(found) == 1, f"{self}: {len(found)} blocks of code begin with '{start}'; expected one"
        return found[0]

    def snippet(self, start):
        """The code in a sentence that begins so."""
        found = [code for code in re.findall(r"`([^`]+)`", self.prose) if code.startswith(start)]
        assert found, f"{self}: no code begins with '{start}'"
        return found[0]

    def find(self, sentence):
        """Where a sentence stands: the match, a group for each number, and the names of the numbers.

        In the sentence, {name} is a number that is given, and {} one that is worked out."""
        parts = re.split(r"\{(\w*)\}", sentence)
        pattern = f"([−-]?{NUMBER})".join(map(re.escape, parts[::2]))
        found = list(re.finditer(pattern, self.prose))
        assert len(found) == 1, f"{self}: '{sentence}' stands there {len(found)} times; expected once"
        return found[0], parts[1::2]


def chapters(path, name):
    """The chapters of a document, by title."""
    found, chapter, fence, code = {}, Chapter(name, ""), False, []

    def end_of_code():
        if code:
            chapter.blocks.append(textwrap.dedent("\n".join(code)).strip("\n") + "\n")
            code.clear()

    for line in Path(path).read_text(encoding="utf-8").splitlines():
        heading = None if fence else HEADING.match(line)
        if line.startswith("```"):
            fence = not fence
            end_of_code()
        elif fence or line.startswith("    ") or (code and not line):
            code.append(line)
        elif heading:
            end_of_code()
            chapter = found[heading[1]] = Chapter(name, heading[1])
        else:
            end_of_code()
            if not line or line.startswith(("|", "- ")):
                chapter.paragraphs.append([])
            if line:
                chapter.paragraphs[-1].append(line.strip())
    end_of_code()
    return found


def numbers_of_paragraphs(prose, start):
    """The numbers of the paragraphs that begin so. A digit of a name, as in SO2 or m3, is none."""
    for paragraph in re.finditer(rf"(?m)^{re.escape(start)}.*$", prose):
        yield from re.compile(rf"(?<![\w.]){NUMBER}").finditer(prose, paragraph.start(), paragraph.end())


# ---- arithmetic ----

def spell(tokens, units):
    """Tokens as Python writes them; without units, only the percent counts."""
    text = ""
    for kind, token in tokens:
        if kind == "number":
            text += token.replace(",", "")
        elif kind == "power":
            text += "**" + token.translate(SPELLED)
        elif kind == "percent":
            text += "*0.01"
        elif kind == "unit":
            text += f"*{UNITS[token]!r}" if units else ""
        else:
            text += token.translate(SPELLED)
    return text


def evaluate(tokens, units=False):
    """The value of an expression, or None where the tokens are none."""
    try:
        return float(eval(spell(tokens, units), {"__builtins__": {}}))  # numbers, operators and brackets only
    except (SyntaxError, TypeError):
        return None


def sides(text):
    """The runs of numbers, operators and units in a text that have an equals sign, cut at those."""
    text = text.replace("**", "").replace("m3", "m³")
    # Words on a summand: 50,000 (plant, protected) + 3000 (kiln) = ..., 149.6 + 29.92 growth = ...
    text = re.sub(r"(?<=\d) (?:\([a-z, ]+\)|(?!(?:t|kg|g|mg)\b)[a-z]+)(?= [+−×·/=])", "", text)
    run = [[]]
    for match in [*TOKEN.finditer(re.sub(r"`[^`]*`", "`", text)), None]:
        if match is None or match.lastgroup == "other":
            if len(run) > 1:
                yield run
            run = [[]]
        elif match[0] == "=":
            run.append([])
        elif match.lastgroup != "space":
            run[-1].append((match.lastgroup, match[0]))


def whole(candidates):
    """The first of these that is an expression."""
    return next((tokens for tokens in candidates if evaluate(tokens) is not None), [])


def equations(text):
    """(expression, result) of every sum that a text works out, both as tokens; of a = b = c, (a, c) and (b, c)."""
    for run in sides(text):
        first, last = run[0], run[-1]
        run[0] = whole(first[start:] for start in range(len(first)))
        run[-1] = whole(last[:end] for end in range(len(last), 0, -1))
        if run[-1] and run[-1][0][0] == "number":
            yield from ((tokens, run[-1]) for tokens in run[:-1] if len(tokens) > 1 and evaluate(tokens) is not None)


def disagreement(expression, result):
    """What is wrong with an equation, or None. Grams and tonnes are told apart where both sides have one."""
    units = all(MASSES & {token for _, token in side} or "mg/m³" in {token for _, token in side}
                for side in (expression, result))
    is_value, said = evaluate(expression, units), evaluate(result, units)
    scale = said / value_of(result[0][1]) if said else 1
    if abs(is_value - said) <= rounding(result[0][1]) * scale:
        return None
    shown = " ".join(token for _, token in expression)
    return f"{shown} is {is_value / scale:.8g}, not {' '.join(token for _, token in result)}"
