"""Attacks on what comes into the ledger, where it is sealed as it is told: by a forger, a false clock, or one who withholds."""

import hashlib
import json
from datetime import timedelta
from uuid import UUID

import pytest

from chassis.keeping.sealing import CannotUnseal, DataKey, seal, unseal
from chassis.keeping.work import clock
from evidence.adapters import sequencer
from evidence.domain.canonical import canonical, parse

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(180)]
ADA, LIN = UUID("0190a1b2-0000-4000-8000-00000000ada0"), UUID("0190a1b2-0000-4000-8000-000000000110")


def test_what_its_service_said_and_signed(house, auditor, detected):
    """The control."""
    house.says((LIN, 4), (ADA, 5))
    house.publish()
    detected(
        auditor.layers(),
        by=set(),
        not_by={
            "records",
            "chain",
            "streams",
            "flags",
            "signatures",
            "tree",
            "checkpoint",
            "stamps",
            "witnesses",
            "older checkpoint",
            "last verification",
        },
    )
    detected(
        auditor.offline(),
        by=set(),
        not_by={"checkpoint", "witnesses", "tree", "chain", "streams", "flags", "signatures"},
    )


def test_forged_producer_event(house, attacker, auditor, detected):
    """Somebody who can write to the topic says something under the name of people. It is sealed, and flagged for what it
    is. With the database and the ledger's key they take the flag away, before a witness has seen it.
    """
    desk = house.registry.desk
    (forged,) = house.office.seal(desk.hears(desk.event(ADA, 5), headers=desk.signed(b"something else", "people")))
    assert forged.flags == ("bad-signature",)
    status, said = auditor.types("verify", "--json", "--jobs", "1")
    assert (status, json.loads(said)["flags"]) == (0, {"bad-signature": 1})
    attacker.rewrites([*attacker.leaves[:-1], attacker.made(attacker.leaves[-1], flags=[])])
    assert attacker.signs_with_the_key() is None
    detected(
        auditor.layers(),
        by={"signatures", "last verification"},
        not_by={
            "records",
            "chain",
            "streams",
            "flags",
            "tree",
            "checkpoint",
            "stamps",
            "witnesses",
            "older checkpoint",
        },
    )
    detected(
        auditor.offline(), by={"flags", "signatures"}, not_by={"checkpoint", "witnesses", "tree", "chain", "streams"}
    )


def test_transplanted_sealed_field(house, attacker, auditor, detected):
    """Ada's sealed name is put in the place of lin's. If people itself says so, the ledger seals it as it does anything;
    it only opens for nobody. In a record that is sealed already, with the ledger's key, it is no longer what people said.
    """
    keys = {who: DataKey(f"{who}/1", hashlib.sha256(who.encode()).digest()) for who in ("E1001", "E1002")}
    ada, lin = (seal(keys[who], who, "name", name) for who, name in (("E1001", "欧阳思雨"), ("E1002", "李雷")))
    house.says((LIN, 4), subject="E1002", data={"employee": "E1002", "name": ada.model_dump()})
    for key in keys.values():
        with pytest.raises(CannotUnseal):
            unseal(key, "E1002", "name", ada)
    house.says((LIN, 5), subject="E1002", data={"employee": "E1002", "name": lin.model_dump()})
    house.publish()
    detected(
        auditor.layers(),
        by=set(),
        not_by={
            "records",
            "chain",
            "streams",
            "flags",
            "signatures",
            "tree",
            "checkpoint",
            "stamps",
            "witnesses",
            "older checkpoint",
            "last verification",
        },
    )
    *before, last = attacker.leaves
    event = parse(last.partition(b"\n")[2])
    moved = canonical(event | {"data": {"employee": "E1002", "name": ada.model_dump()}})
    attacker.rewrites([*before, attacker.made(last, moved)])
    assert "holds a checkpoint of 12 records" in attacker.signs_with_the_key()
    detected(
        auditor.layers(),
        by={"signatures", "witnesses", "last verification"},
        not_by={"records", "chain", "streams", "flags", "tree", "checkpoint", "stamps", "older checkpoint"},
    )
    detected(
        auditor.offline(), by={"witnesses", "flags", "signatures"}, not_by={"checkpoint", "tree", "chain", "streams"}
    )


def test_clock_set_back(house, auditor, detected, monkeypatch):
    """The sequencer's clock says an hour earlier: nobody can tell, until an authority stamps what was taken in then."""
    with monkeypatch.context() as back:
        back.setattr(sequencer, "clock", lambda: clock() - timedelta(hours=1))
        house.says((ADA, 5))
        house.publish()
        detected(
            auditor.layers(),
            by=set(),
            not_by={
                "records",
                "chain",
                "streams",
                "flags",
                "signatures",
                "tree",
                "checkpoint",
                "stamps",
                "witnesses",
                "older checkpoint",
                "last verification",
            },
        )
        house.stamp()
        house.publish()
    detected(
        auditor.layers(),
        by={"stamps", "last verification"},
        not_by={
            "records",
            "chain",
            "streams",
            "flags",
            "signatures",
            "tree",
            "checkpoint",
            "witnesses",
            "older checkpoint",
        },
    )
    detected(
        auditor.offline(),
        by=set(),
        not_by={"checkpoint", "witnesses", "tree", "chain", "streams", "flags", "signatures"},
    )


@pytest.mark.kafka
async def test_withheld_event(town, types, offline, detected):
    """People says three things, and somebody between it and the topic keeps the last one back: no stream has a gap, and
    a ledger of what came is whole. Only the count of the one who spoke tells.
    """
    async with town.evidence() as running:
        await town.register(running, "evidence", "people")
        await town.say(town.desk.event(), town.desk.event(version=2))
        await town.sealed_to_the_end(running)
    ledger = town.folder / "ledger"
    found = json.loads(types("verify", "--json", "--ledger", str(ledger))[1])["layers"]
    looks = {said: types("reconcile", "--counts", f"people={said}") for said in (2, 3)}
    assert (looks[2][0], looks[3][0]) == (0, 1), "two are there"
    assert "people has told 1 events that are nowhere" in looks[3][1]
    said = found | {"reconciliation": f"broken: {looks[3][1]}" if looks[3][0] else "holds"}
    detected(
        said,
        by={"reconciliation"},
        not_by={"records", "chain", "streams", "flags", "signatures", "tree", "checkpoint", "stamps", "witnesses"},
    )
    detected(
        offline(ledger), by=set(), not_by={"checkpoint", "witnesses", "tree", "chain", "streams", "flags", "signatures"}
    )
