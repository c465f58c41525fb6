"""What leaves the house: dossiers, their signatures, and the keys that open what is shown in them."""

from dataclasses import dataclass
from functools import cached_property, partial
from uuid import UUID

from chassis.facing.keyring import PeopleKeyring
from chassis.facing.tokens import Principal, issue
from chassis.keeping.work import Asked
from evidence.adapters.filed_documents import FiledDocuments
from evidence.adapters.files import TileFolder
from evidence.domain.guomi import GuomiSigner
from evidence.handlers.dossiers import Dossiers, Made
from evidence.settings import Settings


def keyring(settings: Settings) -> PeopleKeyring:
    """Data keys, asked of people."""
    itself = Principal("service:evidence", "service")
    return PeopleKeyring(settings.people_url, partial(issue, settings.keys, itself, audience=settings.token_audience))


def guomi_signer(settings: Settings) -> GuomiSigner:
    """Who signs exports by SM2."""
    from evidence.adapters.guomi import sm2_signer  # Only exports need it.

    return sm2_signer(settings.guomi_key)


@dataclass(frozen=True)
class DossiersWhenNeeded:
    """Dossiers, by libraries that are loaded when the first is made: a service that makes none does not pay for them."""

    settings: Settings

    def of_case(self, asked: Asked, case: str, request: UUID) -> Made:
        return self._maker.of_case(asked, case, request)

    def of_person(self, asked: Asked, employee: str) -> Made:
        return self._maker.of_person(asked, employee)

    @cached_property
    def _maker(self) -> Dossiers:
        from evidence.adapters.authorities import authorities_of
        from evidence.adapters.dossiers.making import Maker
        from evidence.adapters.dossiers.signing import company_seal
        from evidence.adapters.dossiers.telling import Keeping

        it = self.settings
        send = authorities_of(it.authorities, it.authority)[0].send
        return Maker(
            published=TileFolder(it.ledger),
            keyring=keyring(it),
            documents=FiledDocuments(it.filed),
            seal=lambda: company_seal(it.certificate, it.certificate_password, it.keys, send),
            guomi=lambda: guomi_signer(it),
            keeping=Keeping(it.employer, it.custodian, it.retention),
            witnesses=tuple(each.vkey for each in it.witnesses),
        )
