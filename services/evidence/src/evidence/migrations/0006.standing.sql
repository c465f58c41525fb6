-- Records that were flagged are few, and searched for; what the ledger's own checks found.
create index records_flagged on records (seq) where flags <> '{}';
create table self_checks (
    recorded timestamptz primary key, since bigint not null, size bigint not null, findings int not null
);
