"""The ROS1 service, as it is declared: hooks, prefetch, what it tells of itself, and who answers."""

from __future__ import annotations

from collections.abc import Mapping

from cdshooks.evidence import EvidenceService
from cdshooks.explain import Explained, Explanation, as_json, explain
from cdshooks.options import listed
from cdshooks.orderables import orderables
from cdshooks.registry import Service
from cdshooks.services.ros1_nsclc.conductor import Conductor
from cdshooks.services.ros1_nsclc.record import prefetch_templates
from cdshooks.services.ros1_nsclc.site import formulary_of, knowledge_of
from cdshooks.settings import Settings
from knowledge.about import about
from knowledge.lookup import Knowledge

__all__ = ["explanation", "knowledge_of", "service"]

ID = "ros1-nsclc"
HOOKS = ("order-sign", "order-select")
"""In this order: of the hooks of one id the public CDS Hooks sandbox keeps the one listed last, and calls no other."""


def service(settings: Settings) -> Service:
    """Load the knowledge, compile what can be compiled, and declare the service."""
    knowledge = knowledge_of(settings)
    words = knowledge.release.service
    templates = prefetch_templates(knowledge, coded=settings.prefetch == "coded")
    conductor = Conductor.of(settings, knowledge, templates)
    evidence = EvidenceService(
        knowledge=knowledge, formulary=formulary_of(settings, knowledge), decide=conductor.without_orders
    )
    faults = conductor.try_candidate(settings)
    return Service(
        id=ID,
        hooks=HOOKS,
        title=words["title"],
        description=words["description"],
        usage_requirements=words["usageRequirements"],
        prefetch=templates,
        respond=conductor.respond,
        release=knowledge.edition,
        candidate=conductor.candidate.edition if conductor.candidate else "",
        candidate_faults=faults,
        extensions={
            hook: listed(hook, most_cards=len(knowledge.release.topics), history=bool(settings.ledger_secret))
            for hook in HOOKS
        },
        about=about(knowledge),
        explain=lambda body: as_json(explain(body, _explained(knowledge, templates, conductor))),
        evidence=evidence.told,
        orderables=lambda: orderables(knowledge),
    )


def explanation(body: bytes, settings: Settings) -> Explanation:
    """Explain a hook request as it was sent; raise HookError if it is none that the service takes."""
    knowledge = knowledge_of(settings)
    templates = prefetch_templates(knowledge, coded=settings.prefetch == "coded")
    return explain(body, _explained(knowledge, templates, Conductor.of(settings, knowledge, templates)))


def _explained(knowledge: Knowledge, templates: Mapping[str, str], conductor: Conductor) -> Explained:
    return Explained(hooks=HOOKS, knowledge=knowledge, templates=templates, decide=conductor.explain)
