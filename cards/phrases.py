"""The phrases of one card: the wordbook's words, filled with what this decision found."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cards import finding, gaps
from cards.conditions import CHEMOTHERAPY, ROS1_INHIBITOR
from cards.decision import Decision
from cards.options import Option
from cards.text import listing, quote
from cards.wordbook import PLACEHOLDER, Wordbook
from cards.wording import say
from fhir_mapping.facts import Order, OrderState

_EMPTY_LINES = re.compile(r"\n{3,}")


class Phrases:
    """Fills the words of rules and of the shared wording; every value is our own word or a quoted one."""

    def __init__(
        self, *, book: Wordbook, decision: Decision, orders: tuple[Order, ...], options: tuple[Option, ...]
    ) -> None:
        """Take what the card is made of; ``drugs`` are the drugs that it is about, by our names."""
        self.book = book
        self.decision = decision
        self.orders = orders
        self.options = options
        self.drugs = self._names(orders)
        self.results = finding.in_brief(decision.facts, book.knowledge)

    def _say(self, phrase: str, **values: str) -> str:
        return say(self.book.knowledge, phrase, **values)

    # --- the summary ---------------------------------------------------------------------------------------------

    def summary(self, words: str, result: str, *, by_class: bool = False) -> str:
        """Fill the words of a summary; ``by_class`` names the class of the drugs in place of each."""
        values = {
            "drugs": self._classes if by_class else self.drugs,
            "result": result,
            "gaps": gaps.in_brief(self.decision.facts, self.book.knowledge),
        }
        return PLACEHOLDER.sub(lambda match: values[match[1]], words)

    def _names(self, orders: Iterable[Order]) -> str:
        ids = dict.fromkeys(recognition.drug for order in orders for recognition in order.recognitions)
        return listing(self._name(id_) for id_ in ids) if ids else ""

    def _name(self, id_: str) -> str:
        drug = self.book.knowledge.drugs.get(id_)
        return drug.name if drug else self._say(f"drugs.class.{id_}")

    @property
    def _classes(self) -> str:
        classes = dict.fromkeys(recognition.drug_class for order in self.orders for recognition in order.recognitions)
        return listing(self._say(f"drugs.class.{id_}") for id_ in classes) if classes else ""

    # --- the detail ----------------------------------------------------------------------------------------------

    def detail(self, words: str, *, formulary: bool) -> str:
        """Fill the detail: only the placeholders that the words hold, and no value is filled again."""
        facts, knowledge = self.decision.facts, self.book.knowledge
        values = {
            "drugs": lambda: self.drugs,
            "found": lambda: finding.in_full(facts, knowledge),
            "pd_l1": lambda: finding.pd_l1(facts, knowledge),
            "options": lambda: self._options(formulary=formulary),
            "missing": lambda: gaps.missing(self.decision, knowledge),
            "gaps": lambda: gaps.in_full(facts, knowledge),
            "orders": lambda: self._unread_orders,
        }
        text = PLACEHOLDER.sub(lambda match: values[match[1]](), words)
        return _EMPTY_LINES.sub("\n\n", text).strip()

    @property
    def _unread_orders(self) -> str:
        shown = [order for order in self.orders if order.state is not OrderState.RECOGNISED]
        return listing(quote(order.display or order.reference) for order in shown) if shown else ""

    def _options(self, *, formulary: bool) -> str:
        if not self.options:
            return self._say("options.none")
        treated = any(therapy.drug_class == ROS1_INHIBITOR for therapy in self.decision.facts.therapies)
        setting = "after-ros1-inhibitor" if treated else "ros1-inhibitor-naive"
        heading = self._say("options.formulary" if formulary else "options")
        return "\n".join((heading, *(self.book.option(option, setting) for option in self.options)))

    # --- suggestions ---------------------------------------------------------------------------------------------

    def replace_label(self, option: Option) -> str:
        """Say what the swap does, in one line."""
        return self._labelled("replace", option)

    def create_description(self, option: Option) -> str:
        """Say what draft is created."""
        return self._labelled("replace.create", option)

    def _labelled(self, phrase: str, option: Option) -> str:
        if option.dose is None:
            return self._say(f"{phrase}.no-dose", drugs=self.drugs, drug=option.drug.name)
        return self._say(phrase, drugs=self.drugs, drug=option.drug.name, dose=option.dose.text)

    def delete_description(self, order: Order) -> str:
        """Say what draft is removed."""
        return self._say("remove.delete", drugs=self._names((order,)))

    @property
    def remove_label(self) -> str:
        """Say what the removal leaves."""
        recognitions = (recognition for order in self.decision.orders for recognition in order.recognitions)
        stays = any(recognition.drug_class == CHEMOTHERAPY for recognition in recognitions)
        return self._say("remove.keep-chemotherapy" if stays else "remove", drugs=self.drugs)
