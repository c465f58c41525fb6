"""Every knob of evidence."""

from ipaddress import ip_address
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, FilePath, field_validator, model_validator

from chassis.facing.settings import ServiceSettings
from evidence.domain.archiving import RETENTION
from evidence.domain.notes import WITNESS, parse_vkey


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class AuthorityAt(BaseModel):
    """A time-stamping authority (RFC 3161): where it is asked, the PEM file of the roots that it is believed under, and
    the policy that its tokens must have, if only one will do.
    """

    name: str
    url: str
    roots: FilePath
    policy: str | None = None
    evidential: bool = True


class WitnessAt(BaseModel):
    """A witness (C2SP tlog-witness): its verifier key, and the address before `/add-checkpoint`."""

    vkey: str
    url: str


class Settings(ServiceSettings):
    ledger: Path = Path("var/ledger")
    """The folder of the published files: tiles, bundles, checkpoint, vkey."""
    origin: str = "qizheng.local/ledger"
    """The name under which the ledger signs. It never changes."""
    folder: Path = Path("var/evidence")
    """Where documents that are too large for a record are kept."""
    certificate: Path | None = None
    """The company's certificate and key as PKCS#12, under which reports are signed; without one, a certificate for
    development that says of itself that it is not evidential."""
    certificate_password: str = ""
    employer: str = ""
    """The legal entity 用人单位 that operates the system, as dossiers name it."""
    custodian: str = ""
    """Who keeps the record, as dossiers name them."""
    retention: str = "劳动合同文本自解除或者终止之日起至少保存二年(劳动合同法第50条第3款);工资记录二年"
    public_ledger: bool | None = None
    """Whether `/ledger/…` is served without a token. Bundles hold the events, so by default only where nobody but this
    machine can ask: on a loopback host."""

    services: dict[str, str] = Field(default_factory=dict[str, str])
    """Where each service is, evidence too; in the environment a JSON object. What one says of its own log, its health and
    its build is asked there; of one that is not named here nothing is known."""
    looks_every: float = 10.0
    """Seconds between two looks at whether the ledger is complete."""
    complete_within: float = 60.0
    """Seconds that the ledger may be incomplete, and nothing become better, before evidence is no longer ready."""
    self_check_hours: float = 24.0
    """Hours between two self-checks of the running service, and from the first start to the first of them."""
    authorities: tuple[AuthorityAt, ...] = ()
    """Who stamps checkpoints, as JSON: `[{"name": …, "url": …, "roots": …}, …]`. All of them are asked, two in
    production. If there is none, an authority in `folder` does it, whose tokens are not evidential."""
    stamp_within: int = 600
    """Seconds that a record may wait for a time stamp."""
    sm2_key: Path | None = None
    """The key that exports are signed with by SM2, made on first use; `sm2.key` beside the other keys if not given."""
    witnesses: tuple[WitnessAt, ...] = ()
    """Who is asked to cosign each checkpoint, as JSON: `[{"vkey": …, "url": …}, …]`."""
    witness_quorum: int = 0
    """How many of them must have cosigned before a checkpoint is published."""
    archive: str = "var/archive"
    """Where cold segments go: a folder, or `s3://bucket/prefix`. Keys and region of a bucket come from the AWS_* variables."""
    archive_endpoint: str | None = None
    """The address of an S3 that is not Amazon's."""
    time_zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    """Of the company: a retention ends when its last day is over there."""
    archive_retention: str = "10y"
    """How long a bucket must refuse to forget a segment, in days (3650d) or years (10y); empty: nothing is asked."""

    @field_validator("archive_retention")
    @classmethod
    def _days_or_years(cls, retention: str) -> str:
        if retention and not RETENTION.fullmatch(retention):
            raise ValueError("days or years, such as 3650d or 10y")
        return retention

    @property
    def authority(self) -> Path:
        return self.folder / "authority"

    @property
    def guomi_key(self) -> Path:
        return self.sm2_key or self.keys / "sm2.key"

    @model_validator(mode="after")
    def _quorum_can_be_met(self) -> Self:
        if not 0 <= self.witness_quorum <= len(self.witnesses):
            raise ValueError(f"a quorum of {self.witness_quorum} among {len(self.witnesses)} witnesses is never met")
        if len({parse_vkey(each.vkey, WITNESS).public for each in self.witnesses}) < len(self.witnesses):
            raise ValueError("a witness is named twice, and would count twice")
        return self

    @property
    def serves_publicly(self) -> bool:
        return is_loopback(self.host) if self.public_ledger is None else self.public_ledger

    @property
    def documents(self) -> Path:
        return self.folder / "documents"

    @property
    def filed(self) -> Path:
        """The documents of cases, sealed."""
        return self.folder / "filed"
