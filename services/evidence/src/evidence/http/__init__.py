"""The HTTP face of evidence: the published files, the records with their proofs, and how the ledger stands."""

from fastapi import APIRouter

from chassis.facing.policy import Policy, Relation
from evidence.domain.published import Published
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
        "evidence.status": {
            "hr": Relation.ANYONE,
            "auditor": Relation.ANYONE,
            "operator": Relation.ANYONE,
            "service": Relation.ANYONE,
        },
    }
)


def routes(published: Published, looks: Looks, *, public: bool) -> tuple[APIRouter, ...]:
    """The routes of evidence, over the published files; `public` lets these be read without a token."""
    return published_files(published, public=public), found_records(published), standing(looks)
