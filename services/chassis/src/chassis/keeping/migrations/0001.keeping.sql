-- What every service keeps beside its events: positions, heads, parked messages, days, deadlines, keys, errands.
create table inbox_positions (
    topic text not null, incarnation int not null, partition int not null, next_offset bigint not null,
    primary key (topic, incarnation, partition)
);
create table inbox_heads (stream uuid primary key, version bigint not null);
create table inbox_parked (
    letter bigint generated always as identity primary key,
    sequence_key text not null, topic text not null, incarnation int not null, partition int not null,
    kafka_offset bigint not null, stream uuid, version bigint, kind text not null, reason text not null,
    raw bytea, headers jsonb not null, told boolean not null default false,
    parked_at timestamptz not null default now()
);
create index inbox_parked_by_key on inbox_parked (sequence_key, letter);
create index inbox_parked_waiting on inbox_parked (stream, version) where kind = 'waiting';
create table days (day date primary key, ends jsonb not null, fired boolean not null default false);
create table deadlines (
    name text not null, key text not null, due date not null, last_useful date, parked text,
    primary key (name, key, due)
);
create index deadlines_due on deadlines (due) where parked is null;
create table idempotency_keys (
    key text primary key, fingerprint bytea not null, status int not null, body bytea not null, headers jsonb not null,
    kept_at timestamptz not null default now()
);
create table errands (
    event uuid not null, name text not null, stream uuid not null, version bigint not null,
    attempts int not null default 0, next_try timestamptz not null default now(), failure text,
    primary key (event, name)
);
create table relay_position (one boolean primary key default true check (one), notification bigint not null);
insert into relay_position values (true, 0);
create table consumer_switch (one boolean primary key default true check (one), paused boolean not null);
insert into consumer_switch values (true, false);
