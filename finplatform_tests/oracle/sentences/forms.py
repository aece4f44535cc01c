"""Forms of sentences: what the sentence of a chart may claim, and when it may do so.

Belongs here: taking a sentence apart by its forms,
and what holds of every sentence. Does not belong
here: the kinds of claims (`claims`), and the forms of each chart (the modules of pages).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from finplatform_tests.oracle.sentences.claims import Claim
from finplatform_tests.oracle.sentences.made import Maker
from finplatform_tests.oracle.sentences.values import Found, Rows

Case = Callable[[Rows], bool]


@dataclass(frozen=True)
class Form:
    """One form of a chart's sentence.

    Attributes:
        template: The sentence, with `{place}` where a claim stands.
        claims: The claims, by their place.
        case: When this form is true besides its claims.
    """

    template: str
    claims: Mapping[str, Claim]
    case: Case

    def problems(self, sentence: str, rows: Rows) -> list[str] | None:
        """What is not true of the sentence; None if it has another form."""
        parts = re.fullmatch(self.pattern(is_named=True), sentence)
        if parts is None:
            return None
        said = parts.groupdict()
        found: Found = {}
        for place, claim in self.claims.items():
            row = claim.names(said[place], rows, found)
            if row is not None:
                found[place] = row
        wrong = [] if self.case(rows) else ["the rows are of another case"]
        for place, claim in self.claims.items():
            try:
                problem = claim.judge(said[place], rows, found)
            except KeyError as error:
                problem = f"there is no {error}"
            if problem:
                wrong.append(f"{place}: {problem}")
        return wrong

    def pattern(self, *, is_named: bool) -> str:
        """The form as a regular expression.

        Args:
            is_named: Whether the place of each claim is a group of its name.
        """
        parts = re.split(r"\{(\w+)\}", self.template)
        return "".join(
            f"(?{f'P<{part}>' if is_named else ':'}{self.claims[part].pattern})"
            if place % 2
            else re.escape(part)
            for place, part in enumerate(parts)
        )


def says(template: str, case: Case = lambda _: True, **claims: Claim) -> Form:
    """A form of a sentence."""
    return Form(template, claims, case)


def part(*forms: Form) -> Claim:
    """A part of a sentence that has one of several forms."""

    def judge_part(said: str, rows: Rows, _: Found) -> str | None:
        judged = [found for form in forms if (found := form.problems(said, rows)) is not None]
        return "; ".join(min(judged, key=len)) if judged else f"{said!r} cannot be judged"

    return Claim("|".join(form.pattern(is_named=False) for form in forms), judge_part)


def judge(forms: tuple[Form, ...], sentence: str, rows: Rows) -> list[str]:
    """What is not true of a sentence, or no English; nothing if it is a true one.

    Args:
        forms: The forms that it may have.
        sentence: The sentence.
        rows: The rows that its chart draws, of which there is at least one.
    """
    style = lint(sentence)
    judged = [found for form in forms if (found := form.problems(sentence, rows)) is not None]
    if not judged:
        return [*style, "has a form that cannot be judged"]
    return [*style, *min(judged, key=len)]


_RULES: dict[str, str] = {
    r"(?i:\bnan\b)|(?<!^)\bNone\b|\bNaT\b": "shows a missing value",
    r"\N{EN DASH}": "shows a dash in place of words",
    r"(?<![\d.])-0(\.0+)?(?![\d.])": "has a zero with a sign",
    r"  |\( | \)|,,|;;| ,| ;": "has a gap",
    r"(?<![\d.,-])1 (?:[a-z]+ )?(?!business\b|this\b|less\b)[a-z]+s are\b": "has a wrong verb",
    r"(?<![\d.,/-])1 (?:customer|account|row|contract|run|step|payment|table|day|month|group)s\b":
        "has a wrong plural",
    r"(?<![\d.,])(?<!of )1 (?:of (?:the )?[\d,]+ [a-z]+|[a-z]+)"
    r" (?:are|were|have|stand|score|differ|lie)\b":
        "has a wrong verb",
    r"[A-Z]+_[A-Z]": "shows a code",
}  # fmt: skip


def lint(sentence: str) -> list[str]:
    """What is no English of a sentence."""
    wrong = [text for pattern, text in _RULES.items() if re.search(pattern, sentence)]
    if not sentence.endswith("."):
        wrong.append("has no end")
    if not (sentence[0].isupper() or sentence[0].isdigit()):
        wrong.append("begins without a capital")
    return wrong


class Judged:
    """A chart whose sentence is judged.

    Attributes:
        made: Makes rows of the chart for a kind of bank.
        forms: What its sentence may claim.
    """

    def __init__(self, made: Maker, *forms: Form) -> None:
        self.made, self.forms = made, forms


Charts = dict[tuple[str, str], Judged]
"""Charts by page and name."""
