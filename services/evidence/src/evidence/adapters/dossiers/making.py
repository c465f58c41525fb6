"""A dossier from end to end: collected, opened, proven, set in type, signed, packed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from importlib.resources import files
from io import BufferedRandom
from string import Template
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

from chassis.keeping.sealing import Keyring
from chassis.keeping.work import Asked, clock
from contracts.envelope import canonical, spoken
from evidence.adapters.dossiers import unsealing
from evidence.adapters.dossiers.collecting import collect
from evidence.adapters.dossiers.packing import Pack
from evidence.adapters.dossiers.signing import CompanySeal
from evidence.adapters.dossiers.telling import Keeping, Stamp, told_of
from evidence.adapters.dossiers.typesetting import typeset
from evidence.adapters.guomi import sm3
from evidence.adapters.timestamps import certificates_in
from evidence.domain.excerpt import Excerpt, Json, custody_in, streams_in
from evidence.domain.guomi import GuomiSigner
from evidence.domain.notes import Checkpoint, parse_checkpoint, parse_note
from evidence.domain.proofs import prover
from evidence.domain.published import Published
from evidence.domain.report import About
from evidence.domain.tree import includes
from evidence.domain.wording import LIMITS
from evidence.handlers.cases import Documents
from evidence.handlers.dossiers import DoesNotHold, Made, NotStampedYet
from evidence.views import cases, ledger, stamps

REPORT, MANIFEST, EXHIBITS = "报告.pdf", "manifest.json", "exhibits.json"
BEGINNING, END = date(1, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True)
class Maker:
    """Makes dossiers out of the published ledger. `seal` is the company's, `guomi` its SM2 key; each is read when needed."""

    published: Published
    keyring: Keyring
    documents: Documents
    seal: Callable[[], CompanySeal]
    guomi: Callable[[], GuomiSigner]
    keeping: Keeping
    witnesses: Sequence[str] = ()
    """The keys of those who cosign checkpoints, so that others can ask them whether they are theirs."""

    def of_case(self, asked: Asked, case: str, request: UUID) -> Made:
        """The dossier for a request, over the checkpoint that was stamped first for it. Refuses with NotStampedYet."""
        row, wanted = cases.case_row(asked, case), cases.request_row(asked, case, request)
        taken = stamps.of_request(asked, request)
        if not taken or row is None or wanted is None:
            raise NotStampedYet(str(request))
        note: str = taken[0]["note"]
        about = About(
            subjects=tuple(row["subjects"]),
            since=row["since"],
            until=row["until"],
            case=case,
            request=str(request),
            number=row["number"],
            dispute=row["dispute"],
            claim=row["claim"],
            amount=str(row["amount"]) if row["amount"] is not None else None,
            recipient=wanted["recipient"],
            purpose=wanted["purpose"],
        )
        opening = [each for each in stamps.of_case(asked, case) if _was_there(asked, each, taken[0]["size"])]
        those = [*(each for each in taken if each["note"] == note), *opening]
        return self._made(asked, about, note, [Stamp.of(each) for each in those], f"证据包-{row['number']}.zip")

    def of_person(self, asked: Asked, employee: str) -> Made:
        """A person's own story, over the newest checkpoint that was stamped; without one, over the newest."""
        newest = stamps.newest(asked)
        note = newest["note"] if newest else (self.published.checkpoint() or b"").decode()
        about = About((employee,), BEGINNING, END)
        return self._made(asked, about, note, [Stamp.of(newest)] if newest else [], f"本人记录-{employee}.zip")

    def _made(self, asked: Asked, about: About, note: str, stamped: Sequence[Stamp], name: str) -> Made:
        stated = parse_checkpoint(parse_note(note.encode()).text)
        excerpt = collect(asked, about, stated.size)
        content = TemporaryFile()  # noqa: SIM115  # it has no name, so nothing that was opened outlives this process
        try:
            with Pack(content) as pack:
                self._fill(pack, about, note, stated, excerpt, stamped, name)
            length, digests = content.tell(), _digests(content)
        except BaseException:
            content.close()
            raise
        content.seek(0)
        return Made(content, _file(name), length, stated.size, stated.root.hex(), *digests)

    def _fill(
        self,
        pack: Pack,
        about: About,
        note: str,
        stated: Checkpoint,
        excerpt: Excerpt,
        stamped: Sequence[Stamp],
        name: str,
    ) -> None:
        case = about.case or ""
        facts = {"origin": stated.origin, "size": stated.size, "root": stated.root.hex()}
        limits = "\n".join(f"- {sentence}" for sentence in LIMITS)
        title = f"案件 {about.number}" if case else f"{about.subjects[0]} 本人记录"
        pack.add(
            "说明.txt", _text("readme.txt").substitute(facts, title=title, archive=_file(name), limits=limits).encode()
        )
        pack.add("format.md", _text("format.md").template.encode())
        pack.add("verifier.py", files("evidence.adapters").joinpath("offline_verifier.py").read_bytes())
        pack.add("checkpoint", note.encode())
        pack.add("vkey", f"{self.published.vkey() or ''}\n".encode())
        pack.add("witnesses.txt", "".join(f"{key}\n" for key in self.witnesses).encode())
        _add_stamps(pack, stamped)
        self._add_records(pack, excerpt, stated, note)
        keys = unsealing.keys_for(excerpt, case, self.keyring)
        opened = unsealing.openings(excerpt, case, keys)
        pack.add("openings.json", canonical({"openings": opened}))
        custody = custody_in(excerpt, case)
        for document, filing in zip(
            unsealing.documents(excerpt, case, keys, self.documents), custody["filings"], strict=True
        ):
            filing.update({"file": document.name} if document.name else {"file": None, "why": document.why})
            if document.name and document.data is not None:
                pack.add(document.name, document.data)
        pack.add("custody.json", canonical(custody))
        guomi = self.guomi()
        pack.add("sm2.pem", guomi.public_pem.encode())
        listed: Json = {"checkpoint": facts, "case": about.case, "request": about.request}
        exhibits = canonical({**listed, "files": pack.files, "streams": streams_in(excerpt)})
        names = unsealing.names_in(excerpt, opened)
        seal = self.seal()
        said = told_of(about, excerpt, stated, note, stamped, pack.files, opened, names, custody, self.keeping, seal)
        pack.add(EXHIBITS, exhibits)
        pack.add("exhibits.sm2", guomi.sign(exhibits))
        pack.add(REPORT, seal.sign(typeset(said, exhibits)))
        pack.add(MANIFEST, canonical({**listed, "files": pack.files, "made": spoken(clock())}))

    def _add_records(self, pack: Pack, excerpt: Excerpt, stated: Checkpoint, note: str) -> None:
        prove = prover(self.published, note.encode())
        for record in excerpt.records:
            proof = prove(record.seq)
            if not includes(record.leaf_hash, record.seq, stated.size, proof.hashes, stated.root):
                raise DoesNotHold(record.seq)
            pack.add(f"{record.name}.leaf", record.leaf)
            pack.add(f"{record.name}.tlog-proof", str(proof).encode())


def _was_there(asked: Asked, stamp: dict[str, Any], size: int) -> bool:
    """Whether a stamp of the opened case is among the first `size` records: what a second export will show too."""
    if stamp["occasion"] != "CASE_OPENED":
        return False
    row = ledger.record_of(asked, stamp["event"])
    return row is not None and row["seq"] < size


def _add_stamps(pack: Pack, stamped: Sequence[Stamp]) -> None:
    for number, stamp in enumerate(stamped, 1):
        name = f"stamps/{number:02}-{unsealing.safe(stamp.authority)}"
        pack.add(f"{name}.note", stamp.note.encode())
        pack.add(f"{name}.tsr", stamp.token)
        pack.add(f"{name}.pem", certificates_in(stamp.token).encode())


def _text(name: str) -> Template:
    return Template(files("evidence.adapters.dossiers").joinpath(name).read_text(encoding="utf-8"))


def _file(name: str) -> str:
    return unsealing.safe(name)


def _digests(content: BufferedRandom) -> tuple[str, str]:
    """SHA-256 and SM3 of a whole file."""
    content.seek(0)
    first = file_digest(content, "sha256").hexdigest()
    content.seek(0)
    return first, sm3(content)
