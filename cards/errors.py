"""What can be wrong with rules: found at start, never while a clinician waits.

CardsError
└── RuleError      a rule asks for what does not exist, or its words have a placeholder that is not filled
"""


class CardsError(Exception):
    """Superclass of all errors of this package."""


class RuleError(CardsError):
    """A rule cannot be used as it is written; the message names the rule, what it says and what it may say."""
