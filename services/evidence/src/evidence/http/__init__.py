"""The HTTP face of evidence: the published files, records with their proofs, cases and dossiers, how the ledger stands."""

from fastapi import APIRouter

from chassis.facing.policy import Policy, Relation
from chassis.keeping.sealing import Keyring
from evidence.domain.published import Published
from evidence.handlers.cases import Documents
from evidence.handlers.dossiers import Dossiers
from evidence.http.cases import kept_cases
from evidence.http.dossiers import handed_over
from evidence.http.ledger import published_files
from evidence.http.records import found_records
from evidence.http.standing import Looks, standing

POLICY = Policy(
    {
        "evidence.ledger": {
            "auditor": Relation.ANYONE,
            "operator": Relation.ANYONE,
            "service": Relation.ANYONE,
        },
        "evidence.records": {
            "hr": Relation.ANYONE,
            "auditor": Relation.ANYONE,
            "manager": Relation.SELF,
            "employee": Relation.SELF,
        },
        "evidence.cases": {"hr": Relation.ANYONE},
        "evidence.read-cases": {"hr": Relation.ANYONE, "auditor": Relation.ANYONE},
        "evidence.dossiers": {"hr": Relation.ANYONE, "auditor": Relation.ANYONE},
        "evidence.own-dossier": dict.fromkeys(("employee", "manager", "hr", "payroll"), Relation.SELF),
        "evidence.holds": {"hr": Relation.ANYONE, "auditor": Relation.ANYONE, "service": Relation.ANYONE},
        "evidence.status": {
            "hr": Relation.ANYONE,
            "auditor": Relation.ANYONE,
            "operator": Relation.ANYONE,
            "service": Relation.ANYONE,
        },
    }
)


def routes(published: Published, looks: Looks, *, public: bool) -> tuple[APIRouter, ...]:
    """The routes of the ledger, over the published files; `public` lets these be read without a token."""
    return published_files(published, public=public), found_records(published), standing(looks)


def case_routes(keyring: Keyring, documents: Documents, dossiers: Dossiers) -> tuple[APIRouter, ...]:
    """The routes of cases, of holds, and of what leaves the house."""
    return kept_cases(keyring, documents), handed_over(dossiers)
