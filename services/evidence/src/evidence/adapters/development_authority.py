"""A time-stamping authority for development: `openssl ts` under a small root of its own. It says "not evidential"."""

import os
import subprocess
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from secrets import randbits
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chassis.keeping.work import clock
from evidence.domain.stamping import NOT_EVIDENTIAL
from evidence.errands import NoStamp

WARNING = "not evidential / 无证据效力"
LIFE = timedelta(days=3650)
PATIENCE = 15  # seconds that openssl gets
ROOT, CERTIFICATE, KEY = "root.pem", "authority.pem", "authority.key"

CONFIGURATION = f"""
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = {{folder}}/{CERTIFICATE}
signer_key = {{folder}}/{KEY}
signer_digest = sha256
digests = sha256
default_policy = {NOT_EVIDENTIAL}
other_policies = {NOT_EVIDENTIAL}
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class DevelopmentAuthority:
    """Its key and certificates in a folder, made on first use by one process, however many start at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def root(self) -> Path:
        """The certificate that its tokens lead to."""
        return self._folder / ROOT

    def answer(self, query: bytes) -> bytes:
        """The TimeStampResp to a TimeStampReq. Raises NoStamp."""
        try:
            self._settle_in()
            with TemporaryDirectory() as aside:
                return self._reply(query, Path(aside))
        except FileNotFoundError as fault:
            if fault.filename == "openssl":
                raise NoStamp(
                    "openssl is not installed, and the authority for development needs it: install it, or name"
                    " authorities in QIZHENG_AUTHORITIES"
                ) from fault
            raise NoStamp(str(fault)) from fault
        except (OSError, subprocess.SubprocessError) as fault:
            raise NoStamp(f"openssl ts gave no answer: {fault}") from fault

    def _reply(self, query: bytes, aside: Path) -> bytes:
        (aside / "query").write_bytes(query)
        # A number drawn for each token is its own even where several processes stamp at once.
        (aside / "serial").write_text(f"{randbits(120) | 1 << 119:030X}\n")
        (aside / "conf").write_text(CONFIGURATION.format(folder=self._folder.resolve()))
        command = ["openssl", "ts", "-reply", "-config", "conf", "-queryfile", "query", "-out", "reply"]
        done = subprocess.run(command, cwd=aside, capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode:
            raise OSError(done.stderr.strip() or f"exit code {done.returncode}")
        return (aside / "reply").read_bytes()

    def _settle_in(self) -> None:
        if self.root.exists():
            return
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder.parent) as name:
            fresh = Path(name) / "fresh"
            fresh.mkdir(mode=0o700)
            _make(fresh)
            with suppress(OSError):  # Somebody else's stands there already, whole.
                fresh.rename(self._folder)


def _make(folder: Path) -> None:
    """A root, and under it the authority. The root's key is forgotten: it signs this once and nothing more."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _named("Qizheng root for development")
    root = _certificate(root_name, root_key, root_name).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), True
    )
    only_stamps = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    notice = x509.PolicyInformation(x509.ObjectIdentifier(NOT_EVIDENTIAL), [x509.UserNotice(None, WARNING)])
    own = (
        _certificate(_named("Qizheng time stamps for development"), key, root_name)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(only_stamps, critical=True)  # RFC 3161 2.3
        .add_extension(x509.CertificatePolicies([notice]), critical=False)
    )
    (folder / CERTIFICATE).write_bytes(own.sign(root_key, SHA256()).public_bytes(Encoding.PEM))
    (folder / ROOT).write_bytes(root.sign(root_key, SHA256()).public_bytes(Encoding.PEM))
    with os.fdopen(os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _named(name: str) -> x509.Name:
    said = x509.NameAttribute(NameOID.ORGANIZATION_NAME, WARNING)
    return x509.Name([said, x509.NameAttribute(NameOID.COMMON_NAME, f"{name}, not evidential")])


def _certificate(subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name) -> x509.CertificateBuilder:
    now = clock()
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFE)
    )
