"""Every diagnostic code, once: what it means in one line here, on a page with examples in `errors.md`. E0xxx text,
E1xxx names, E2xxx types and shapes, E3xxx secrecy, E4xxx ranges, E5xxx parties and protocols, W warnings."""

from __future__ import annotations

from pathlib import Path

PAGES = Path(__file__).with_name("errors.md")

CODES: dict[str, str] = {
    # text
    "E0001": "this character or word does not fit here",
    "E0002": "the indentation does not fit",
    "E0003": "a number, date or text literal is malformed",
    "E0004": "this statement belongs at the top level of the program",
    # names
    "E1001": "unknown name",
    "E1002": "the name is defined twice",
    "E1003": "unknown module or unknown name in a module",
    "E1004": "modules import each other in a circle",
    "E1005": "unknown function or method",
    "E1006": "a reserved word or built-in name cannot be redefined",
    "E1007": "the name may be unassigned here",
    # types and shapes
    "E2001": "the operation does not take values of this type",
    "E2002": "the shapes do not match",
    "E2003": "wrong number or names of arguments",
    "E2004": "the function does not return a value on every path",
    "E2005": "index out of bounds",
    "E2006": "a public value known at compile time is needed here",
    "E2007": "unknown type, or a type with wrong arguments",
    "E2008": "sizes do not agree",
    "E2009": "not supported here",
    "E2010": "an output is written twice or not at all",
    "E2011": "calls go too deep",
    "E2012": "a parameter or size has no value, or a wrong one",
    "E2013": "a circuit file, or the function declared from it, does not fit",
    "E2014": "the rows stand in another sequence",
    # secrecy
    "E3001": "a secret value is used where a public one is needed",
    # ranges
    "E4001": "the value can leave the range that can be computed with",
    "E4002": "the divisor can be zero",
    "E4003": "the argument can leave the domain of the function",
    "E4004": "a value outside of its declared range",
    "E4005": "the assumption can never hold",
    # parties and protocols
    "E5001": "unknown party",
    "E5002": "no protocol gives this security for these parties",
    "E5003": "the parties are not declared, or declared twice",
    "E5004": "the program does not fit into the memory that is allowed",
    # warnings
    "W6001": "an input is never used",
    "W6002": "an output depends on no secret",
    "W6003": "an output hands one party's input to another",
    "W6004": "a suppression threshold of one protects nobody",
}


def page(code: str) -> str:
    """The page of a code, in Markdown: code and title, what it means, an example that fails, and one that is right.

    Raises KeyError for an unknown code.
    """
    title = CODES[code]
    for part in PAGES.read_text(encoding="utf-8").split("\n## ")[1:]:
        name, _, text = part.partition("\n")
        if name == code:
            return f"{code}: {title}\n\n{text.strip()}\n"
    raise KeyError(code)
