"""A dispute in small: what services said about ada, an office that keeps cases, and a real time-stamping authority."""

import hashlib
import subprocess
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest
from fastapi.testclient import TestClient
from nacl.signing import SigningKey

from chassis.facing.http import build_app
from chassis.facing.settings import ServiceSettings
from chassis.facing.tokens import Principal, issue
from chassis.keeping.committer import Committer
from chassis.keeping.inbox import Hearing
from chassis.keeping.listening import Message
from chassis.keeping.sealing import DataKey, seal
from chassis.keeping.work import Cause, House
from contracts.agreements import (
    AgreementDrafted,
    AgreementOffered,
    AgreementSealed,
    AgreementSigned,
    CostVerified,
    DamagesAssessed,
    PolicyAdopted,
    ServicePeriodStarted,
    TemplatePublished,
)
from contracts.envelope import Event, Fact, record, subject_of
from contracts.evidence import CheckpointStamped, SelfChecked
from contracts.learning import CoursePublished, TrainingCompleted
from contracts.payroll_bridge import AdjustmentProposed, WageSet
from contracts.people import EmployeeHired, EmployeeLeft
from contracts.points import PointsAwarded, RulesAdopted
from contracts.topics import PUBLISHED
from evidence.adapters.dossiers.making import Maker
from evidence.adapters.dossiers.signing import company_seal
from evidence.adapters.dossiers.telling import Keeping
from evidence.adapters.filed_documents import FiledDocuments
from evidence.adapters.guomi import sm2_signer
from evidence.domain.keys import RegisterKey
from evidence.domain.notes import parse_checkpoint, parse_note
from evidence.handlers.keys import register_keys
from evidence.http import POLICY, case_routes
from evidence.views import cases, holds, stamps, topics_made_anew

ADA, GRACE = "E1001", "E1002"
AGREEMENT = "f" * 64
SERVICES = ("evidence", "people", "agreements", "learning", "points", "payroll-bridge")
HOUSE = House("evidence", PUBLISHED["evidence"], (topics_made_anew, cases, holds, stamps))
TSA = """
[tsa]
default_tsa = one
[one]
serial = $dir/serial
signer_cert = $dir/tsa.pem
signer_key = $dir/tsa.key
signer_digest = sha256
digests = sha256
default_policy = 1.2.3.4.1
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class SmallKeyring:
    """Keys of everybody whose id begins with E, but of those who were erased."""

    def __init__(self) -> None:
        self.gone: set[str] = set()

    def keys(self, owners: Iterable[str]) -> Mapping[str, DataKey]:
        known = [who for who in owners if who.startswith("E") and who not in self.gone]
        return {who: DataKey(f"{who}/1", hashlib.sha256(who.encode()).digest()) for who in known}


class Authority:
    """A time-stamping authority as `openssl ts` makes one, with a root of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder, self.root = folder, folder / "root.pem"
        (folder / "serial").write_text("01\n")
        (folder / "ts.cnf").write_text(TSA.replace("$dir", str(folder)))
        (folder / "ext").write_text("keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n")
        new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj"]
        self._run(*new, "/CN=test root", "-x509", "-keyout", "root.key", "-out", "root.pem", "-days", "99")
        self._run(*new, "/CN=test authority", "-keyout", "tsa.key", "-out", "tsa.csr")
        signed = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "ext", "-days", "99")
        self._run("x509", "-req", "-in", "tsa.csr", *signed, "-out", "tsa.pem")

    def stamp(self, message: bytes) -> bytes:
        """The DER of a TimeStampResp over a message."""
        (self.folder / "message").write_bytes(message)
        self._run("ts", "-query", "-data", "message", "-sha256", "-cert", "-out", "query")
        self._run("ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


class Said:
    """A decider that says what it is told to: what the errand of stamps will decide."""

    initial = None

    def decide(self, command: Fact, _: object) -> tuple[Fact, ...]:
        return (command,)

    def evolve(self, state: object, _: object) -> object:
        return state


class Room:
    """Evidence with everything but Kafka: what services say is sealed at once, and so is what evidence says itself."""

    def __init__(self, office: Any, desk: Any, folder: Path, authority: Authority) -> None:
        self.office, self.desk, self.keys = office, desk, folder / "keys"
        self.keyring, self.authority = SmallKeyring(), authority
        self.documents = FiledDocuments(folder / "filed")
        self.versions: dict[UUID, int] = {}
        self._sealed, self.unsealed = 0, list[Message]()
        self.sequencer, self.publisher = office.sequencer(), office.publisher()
        self.sequencer.positions()
        self.committer = Committer(HOUSE, office.store)
        self.committer.start()
        self.seal = company_seal(None, "", self.keys)
        keeping = Keeping("启正制造有限公司", "档案室 王芳", "二年")
        guomi = partial(sm2_signer, self.keys / "sm2.key")
        self.maker = Maker(office.ledger, self.keyring, self.documents, lambda: self.seal, guomi, keeping)
        issue(self.keys, Principal("user:hr", "hr"))
        settings = ServiceSettings(jwks=str(self.keys / "jwks.json"), keys=self.keys)
        made = case_routes(self.keyring, self.documents, self.maker)
        app = build_app("evidence", policy=POLICY, routers=made, settings=settings)
        hearing = Hearing(HOUSE, {})
        app.state.running = SimpleNamespace(house=HOUSE, store=office.store, committer=self.committer, hearing=hearing)
        self.http = TestClient(app, raise_server_exceptions=False)

    # What services say

    def tell(self, fact: Fact, stream: str = "", day: date = date(2026, 3, 2)) -> Event[Fact]:
        """What a service says, signed by it, at the next version of its stream; `settle` seals it."""
        by = fact.TYPE.split(".", 1)[0]
        at = uuid5(NAMESPACE_URL, f"{by}/{stream or getattr(fact, 'employee', fact.TYPE)}")
        self.versions[at] = version = self.versions.get(at, 0) + 1
        moment = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        who = f"service:{by}"
        event = record(fact, stream=at, version=version, time=moment, actor=who, correlation=uuid4(), causation=None)
        self.unsealed.append(self.desk.hears(event.raw, by, key=subject_of(fact, at).encode()))
        return event

    def _seal(self, *messages: Message) -> None:
        if messages:
            self.sequencer.seal(messages)
            self.publisher.publish()

    def sealed(self, owner: str, field: str, text: str) -> Any:
        return seal(self.keyring.keys((owner,))[owner], owner, field, text)

    # What evidence does

    def settle(self) -> None:
        """Seals what services have said, and what evidence itself has said since."""
        self._seal(*self.unsealed)
        self.unsealed.clear()
        rows = self.office.store.recorder.select_notifications(self._sealed + 1, 1_000)
        self._seal(*(self.desk.hears(bytes(row.state), "evidence", key=b"evidence") for row in rows))
        self._sealed = rows[-1].id if rows else self._sealed

    def commit(self, handler: Any, causation: UUID | None = None) -> Any:
        done = self.committer.commit(Cause("service:evidence", uuid4(), causation), handler)
        self.settle()
        return done

    def ask(self, method: str, path: str, body: Any = None, role: str = "hr", **given: Any) -> Any:
        name, _, employee = role.partition(":")
        token = issue(self.keys, Principal(f"user:{name}", name, employee or None))
        headers = {"authorization": f"Bearer {token}", **given.pop("headers", {})}
        answer = self.http.request(method, path, headers=headers, json=body, **given)
        self.settle()
        return answer

    def stamp(self, cause: str, occasion: Any = "EXPORT", case: str | None = None) -> None:
        """The checkpoint of now, stamped for a cause as the service's errand does it."""
        note = self.office.ledger.checkpoint()
        stated = parse_checkpoint(parse_note(note).text)
        fact = CheckpointStamped(
            size=stated.size,
            root=stated.root.hex(),
            note=note.decode(),
            authority="test authority",
            policy="1.2.3.4.1",
            evidential=False,
            stamped=datetime(2026, 11, 2, 9, tzinfo=UTC),
            token=b64encode(self.authority.stamp(note)).decode(),
            occasion=occasion,
            case=case,
        )
        self.commit(lambda work: work.decide(Said(), uuid5(UUID(cause), "stamps"), fact), UUID(cause))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "one")


@pytest.fixture
def room(office: Any, desk: Any, tmp_path: Path, authority: Authority) -> Iterator[Room]:
    """An office where the keys are registered and nobody has said anything yet."""
    made = Room(office, desk, tmp_path, authority)
    try:
        publics = [bytes(SigningKey(hashlib.sha256(name.encode()).digest()).verify_key) for name in SERVICES]
        asked = [RegisterKey(name, public) for name, public in zip(SERVICES, publics, strict=True)]
        made.commit(lambda work: register_keys(work, asked))
        yield made
    finally:
        made.committer.stop()


@pytest.fixture
def life(room: Room) -> dict[str, Event[Any]]:
    """What services have said about ada, and a little about grace; by a short name."""
    day = date
    told: dict[str, Event[Any]] = {}

    def say(name: str, fact: Fact, stream: str = "", on: date = date(2026, 3, 2)) -> None:
        told[name] = room.tell(fact, stream, on)

    say(
        "policy",
        PolicyAdopted(
            policy=1,
            first_day=day(2024, 1, 1),
            thresholds=((Decimal("10000.00"), 24),),
            proration="MONTH_THEN_DAY",
            probation_rule="EXEMPT_264",
            cost_basis="GROSS_VOUCHER",
            rounding="DOWN_TO_FEN",
        ),
        "policy",
    )
    say(
        "template",
        TemplatePublished(
            template="专项",
            template_version=1,
            training_class="SPECIAL",
            clauses={"cost": "培训费用", "liability": "劳动合同法第22条"},
        ),
        "专项",
    )
    say(
        "other template",
        TemplatePublished(template="别的", template_version=1, training_class="SPECIAL", clauses={}),
        "别的",
    )
    say(
        "course",
        CoursePublished(
            course="C1",
            course_version=1,
            title="五轴数控",
            course_class="专项",
            form="EXTERNAL",
            hours=Decimal(80),
            due_days=30,
            first_day=day(2025, 1, 1),
        ),
        "C1",
    )
    say(
        "rules",
        RulesAdopted(
            rules=1,
            first_day=day(2025, 1, 1),
            rates={"EXAM_PASSED": Decimal(10)},
            role_rates={},
            scheme="TOTAL_ONLY",
            target=Decimal(100),
        ),
    )
    for who, name in ((ADA, "欧阳思雨"), (GRACE, "李雷")):
        say(
            f"{who} hired",
            EmployeeHired(
                employee=who,
                number=who[1:],
                name=room.sealed(who, "name", name),
                identity_number=room.sealed(who, "identity_number", "110101199003070011"),
                department="集团/制造中心",
                post="技师",
                rank="P5",
                level="基层",
                region="上海",
                on=day(2024, 5, 6),
            ),
            who,
        )
    say(
        "drafted",
        AgreementDrafted(
            employee=ADA,
            course="C1",
            training_class="SPECIAL",
            template="专项",
            template_version=1,
            policy=1,
            agreed_cost=Decimal("100000.00"),
            service_months=24,
            document=AGREEMENT,
        ),
        "A1",
    )
    say(
        "cost",
        CostVerified(
            employee=ADA,
            kind="COURSE_FEE",
            amount=Decimal("100000.00"),
            voucher="9" * 64,
            invoice_code="031001",
            invoice_number="77",
        ),
        "A1",
    )
    say("offered", AgreementOffered(employee=ADA, on=day(2025, 2, 1), open_until=day(2025, 2, 15)), "A1")
    say(
        "signed",
        AgreementSigned(
            employee=ADA,
            on=day(2025, 2, 3),
            document=AGREEMENT,
            identified_by="WebAuthn(用户验证)",
            intent="我已阅读并同意",
        ),
        "A1",
    )
    say("company", AgreementSealed(employee=ADA, on=day(2025, 2, 4), document=AGREEMENT), "A1")
    say(
        "trained",
        TrainingCompleted(
            employee=ADA,
            course="C1",
            course_version=1,
            course_class="专项",
            form="EXTERNAL",
            hours=Decimal(80),
            on=day(2025, 3, 1),
            attempts=1,
            score=Decimal(92),
        ),
        "ada/C1",
    )
    say(
        "period",
        ServicePeriodStarted(
            employee=ADA, training_end=day(2025, 3, 1), first_day=day(2025, 3, 2), last_day=day(2027, 3, 1), months=24
        ),
        "A1",
    )
    say(
        "points",
        PointsAwarded(
            employee=ADA,
            year=2025,
            kind="EXAM_PASSED",
            quantity=Decimal(1),
            rate=Decimal(10),
            points=Decimal(10),
            rules=1,
            fact=str(told["trained"].id),
            on=day(2025, 3, 1),
            note="",
        ),
        ADA,
    )
    say(
        "wage",
        WageSet(
            employee=ADA,
            first_period="2025-01",
            monthly_wage=room.sealed(ADA, "monthly_wage", "12000.00"),
            performance_bonus=room.sealed(ADA, "performance_bonus", "2000.00"),
            minimum_wage=Decimal("2740.00"),
        ),
        ADA,
    )
    say(
        "subsidy",
        AdjustmentProposed(
            employee=ADA,
            period="2025-03",
            kind="TRAINING_SUBSIDY",
            reference="C1",
            amount=Decimal("600.00"),
            basis="公司制度第3条:培训补贴为月工资5%",
            taxable=True,
            fact=str(told["trained"].id),
        ),
        "ada/2025-03",
    )
    say(
        "check",
        SelfChecked(
            since=0,
            size=10,
            root="a" * 64,
            findings=0,
            builds={"people": "b" * 64},
            health={"people": "ready"},
            clock="time.example",
            clock_offset=3,
        ),
        "checks",
        date(2026, 3, 3),
    )
    say(
        "left",
        EmployeeLeft(employee=ADA, last_day=day(2026, 3, 1), ground="ART37_RESIGN_WITHOUT_NOTICE", proof="辞职信"),
        ADA,
    )
    say(
        "damages",
        DamagesAssessed(
            employee=ADA,
            last_day=day(2026, 3, 1),
            ground="ART37_RESIGN_WITHOUT_NOTICE",
            article="劳动合同法第22条第2款",
            amount=Decimal("50000.00"),
            ceiling=Decimal("50000.00"),
            agreements=("A1",),
            steps=("约定与核定费用取低者:100000.00元", "未履行12个月÷24个月", "100000.00×12÷24=50000.00元"),
            claim_deadline=day(2027, 3, 1),
        ),
        "ada/leaving",
    )
    room.settle()
    return told


CASE = "0190a1b2-0000-4000-8000-00000000ca5e"


@pytest.fixture
def opened(room: Room, life: dict[str, Event[Any]]) -> str:
    """A case about ada."""
    answer = room.ask("POST", "/cases", claim_about(ADA))
    assert answer.status_code == 201, answer.text
    room.stamp(str(uuid5(UUID(CASE), "1")), "CASE_OPENED", CASE)
    return CASE


def claim_about(*subjects: str, **said: Any) -> dict[str, Any]:
    return {
        "case": CASE,
        "number": "沪劳人仲(2026)办字第12号",
        "dispute": "TRAINING_AGREEMENT",
        "subjects": list(subjects),
        "since": "2024-01-01",
        "until": "2026-12-31",
        "claim": "返还培训服务期违约金",
        "amount": "50000.00",
        **said,
    }


@pytest.fixture
def about() -> Any:
    return claim_about


@pytest.fixture
def requested(room: Room, opened: str, life: dict[str, Event[Any]]) -> str:
    """Where a dossier can be fetched that was asked for in a case with a document and an opened field."""
    room.ask("POST", f"/cases/{opened}/documents", params={"name": "辞职信.txt", "person": ADA}, content=b"letter")
    event = str(life[f"{ADA} hired"].id)
    room.ask("POST", f"/cases/{opened}/openings", {"event": event, "field": "name", "purpose": "核对身份"})
    answer = room.ask("POST", f"/cases/{opened}/dossiers", {"recipient": "仲裁委", "purpose": "举证"})
    assert answer.status_code == 202, answer.text
    return answer.json()["dossier"]


@pytest.fixture
def stamped(room: Room, requested: str, opened: str) -> str:
    """The same, once its checkpoint is stamped."""
    room.stamp(requested.rsplit("/", 1)[1], case=opened)
    return requested
