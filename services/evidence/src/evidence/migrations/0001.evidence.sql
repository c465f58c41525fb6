-- The ledger: its records with what they are looked up by, its end, and how far each topic is sealed. No view but the last.
create table ledger (
    one boolean primary key default true check (one), epoch int not null, size bigint not null, last_hash bytea,
    peaks bytea[] not null
);
insert into ledger values (true, 0, 0, null, '{}');
create table records (
    seq bigint primary key, leaf_hash bytea not null, leaf bytea not null, flags text[] not null,
    event uuid, stream text, subject text, type text, day date
);
alter table records alter column leaf set storage external;
create index records_by_event on records (event) where event is not null;
create index records_by_stream on records (stream, seq) where stream is not null;
create index records_by_subject on records (subject, seq) where subject is not null;
create index records_by_type on records (type, seq) where type is not null;
create index records_by_day on records (day, seq) where day is not null;
create table stream_heads (stream text primary key, leaf_hash bytea not null, version bigint not null);
create table sealed_positions (
    topic text not null, incarnation int not null, partition int not null, next_offset bigint not null,
    primary key (topic, incarnation, partition)
);
-- Whose key speaks, as the ledger itself says: read in the order of `seq`, the last of an id counts.
create table ledger_keys (seq bigint primary key, key_id bytea not null, public bytea not null);
-- How many records of a topic there are: all, those that are events for the first time, and those of each flag.
create table tallies (topic text not null, what text not null, n bigint not null, primary key (topic, what));
create table incarnations (topic text primary key, incarnation int not null);
