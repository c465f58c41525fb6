-- Who works here, what they had learned before, and the data keys of persons (wrapped; no view, never rebuilt).
create table employees (
    employee text primary key, number text not null, department text not null, post text not null,
    rank text not null, level text not null, region text not null, hired_on date not null, contract_end date,
    probation_end date, last_day date, ground text, name text not null, identity_number text not null, phone text
);
create table past_trainings (
    employee text not null, course text not null, kind text not null, on_day date not null, hours numeric not null,
    score numeric, mark text, primary key (employee, course, on_day)
);
create table data_keys (owner text primary key, key_id text not null, wrapped bytea not null, wrapped_by text not null);
