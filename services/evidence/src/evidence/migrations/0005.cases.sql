-- Cases with what was filed, asked for and handed over in them; the holds that they place, and the fields opened for them.
create table cases (
    case_id text primary key, number text not null, dispute text not null, subjects text[] not null, since date not null,
    until date not null, claim text not null, amount numeric, opened timestamptz not null, opened_by text not null,
    closed timestamptz, outcome text
);
create table filed_documents (
    case_id text not null, sha256 text not null, sm3 text not null, person text not null, name text not null,
    media_type text not null, length bigint not null, handed_in_by text not null, filed timestamptz not null,
    filed_by text not null, event uuid not null, primary key (case_id, sha256)
);
create table dossier_requests (
    request uuid primary key, case_id text not null, recipient text not null, purpose text not null,
    asked timestamptz not null, asked_by text not null
);
create index dossier_requests_by_case on dossier_requests (case_id, asked);
create table hand_overs (
    event uuid primary key, case_id text not null, request text not null, size bigint not null, root text not null,
    sha256 text not null, sm3 text not null, recipient text not null, handed timestamptz not null, handed_by text not null
);
create index hand_overs_by_case on hand_overs (case_id, handed);
create table legal_holds (
    employee text not null, case_id text not null, since timestamptz not null, primary key (employee, case_id)
);
create table opened_fields (
    case_id text not null, event text not null, field text not null, employee text not null, purpose text not null,
    opened timestamptz not null, opened_by text not null, primary key (case_id, event, field)
);
