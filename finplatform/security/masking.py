"""Masked forms of identifiers for display.

Vectorised Polars expressions from a column (or its name) to text. Belongs here: the displayed
form of an identifier. Tokens for joins are in `tokens`; clear text is in `vault`.
"""

import polars as pl

STARS = "***"
REDACTED = "[redacted]"


_WORD = r"[^\s@,;:<>()\[\]\"']+"
_LOCAL_PART = r"[^\s@,;:<>()\[\]\"]+"
_GAP = r"[\s\p{Cc}\p{Pd}()./]{0,3}"
_PRIVATE_TEXT = [
    rf"(?:\"[^\"]*\"|{_LOCAL_PART})@+{_WORD}",
    # An IBAN in fours, or in one run: country, check digits, 11 to 30 more.
    r"(?i)\b[a-z]{2}\d{2}(?:[ \p{Pd}]?[a-z0-9]{4}){2,7}(?:[ \p{Pd}]?[a-z0-9]{1,4})?\b",
    # Account, card and phone numbers; dates fall to it too, and a birth date should.
    rf"\+?\(?\d(?:{_GAP}\d){{5,}}",
]


def mask_name(name: str | pl.Expr) -> pl.Expr:
    """`John Doe` -> `J*** D***`: first letters and the number of words; a lone letter is hidden."""
    return _clean(name).str.replace_all(r"\s+", " ").str.replace_all(r"(?:(\S)\S+|\S)", "${1}***")


def mask_email(email: str | pl.Expr) -> pl.Expr:
    """`john@bank.com` -> `j***@***.com`; what is no address -> `***`."""
    text = _clean(email)
    first = text.str.extract(r"^(\S)[^@\s]+@").fill_null("")
    ending = text.str.extract(r"@[^@\s]+(\.\p{L}{2,10})$").fill_null("")
    masked = pl.concat_str(first, pl.lit("***@***"), ending)
    return (
        pl.when(text.str.contains(r"^[^@\s]+@[^@\s]+$"))
        .then(masked)
        .when(text.is_not_null())
        .then(pl.lit(STARS))
    )


def mask_phone(phone: str | pl.Expr) -> pl.Expr:
    """`+420 777 123 456` -> `***56`; fewer than 7 digits -> `***`."""
    return _tail(_clean(phone).str.replace_all(r"\D", ""), shown=2, least=7)


def mask_account(account: str | pl.Expr) -> pl.Expr:
    """`CZ65 0800 0000 1920` -> `***1920`; fewer than 8 letters and digits -> `***`."""
    return _tail(_clean(account).str.replace_all(r"[^\p{L}\d]", ""), shown=4, least=8)


def redact(text: str | pl.Expr) -> pl.Expr:
    """Free text with e-mail addresses, IBANs and runs of six and more digits replaced.

    Digits count as a run through spaces, dashes, dots, slashes and brackets, so dates and long
    amounts go too: hiding too much is the safe side. Names in the text are not found.
    """
    result = _column(text).cast(pl.String).str.replace_all(r"[\x00\p{Cf}]", "")
    for pattern in _PRIVATE_TEXT:
        result = result.str.replace_all(pattern, REDACTED)
    return result


def _column(value: str | pl.Expr) -> pl.Expr:
    return pl.col(value) if isinstance(value, str) else value


def _clean(value: str | pl.Expr) -> pl.Expr:
    """Text without invisible characters, which hide words from masks and NUL from PostgreSQL."""
    text = (
        _column(value)
        .cast(pl.String)
        .str.replace_all(r"\p{Cf}", "")
        .str.replace_all(r"\p{Cc}", " ")
        .str.strip_chars()
    )
    return pl.when(text != "").then(text)


def _tail(characters: pl.Expr, *, shown: int, least: int) -> pl.Expr:
    enough = characters.str.len_chars() >= least
    end = pl.when(enough).then(characters.str.tail(shown)).otherwise(pl.lit(""))
    return pl.when(characters.is_not_null()).then(end.str.replace("^", STARS))
