-- Time stamps over checkpoints; `token` is the DER of the authority's answer, `cause` the event for which it was taken.
create table stamps (
    event uuid primary key, size bigint not null, root text not null, note text not null, authority text not null,
    policy text not null, evidential boolean not null, stamped timestamptz not null, recorded timestamptz not null,
    token bytea not null, occasion text not null, case_id text, cause uuid
);
create index stamps_by_size on stamps (size);
create index stamps_by_authority on stamps (authority, size);
create index stamps_by_cause on stamps (cause) where cause is not null;
create index stamps_by_case on stamps (case_id) where case_id is not null;
