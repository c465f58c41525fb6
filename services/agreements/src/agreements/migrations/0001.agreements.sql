-- Agreements with their costs, the company's rules, who works here, which trainings ended, and what leaving costs.
create table policies (
    policy int primary key, first_day date not null, thresholds jsonb not null, proration text not null,
    probation_rule text not null, cost_basis text not null, rounding text not null
);
create table templates (
    template text not null, template_version int not null, training_class text not null, clauses jsonb not null,
    primary key (template, template_version)
);
create table agreements (
    agreement uuid primary key, employee text not null, course text not null, training_class text not null,
    template text not null, template_version int not null, policy int not null, agreed_cost numeric not null,
    service_months int not null, flat_penalty numeric, ends_with_contract boolean not null, document text not null,
    personal_terms text not null, training_from date, state text not null, offered_on date, open_until date,
    signed_on date, identified_by text, sealed_on date, reason text, training_end date, first_day date, last_day date,
    contract_extended_to date
);
create index agreements_by_employee on agreements (employee);
create table costs (
    agreement uuid not null, line bigint not null, employee text not null, kind text not null, amount numeric not null,
    voucher text not null, invoice_code text not null, invoice_number text not null, invoice_total numeric,
    primary key (agreement, line)
);
create index costs_by_invoice on costs (invoice_number, invoice_code);
create table staff (
    employee text primary key, department text not null, hired_on date not null, contract_end date, last_day date,
    ground text
);
create table training_ends (employee text not null, course text not null, on_day date not null,
    primary key (employee, course, on_day)
);
create table assessments (
    employee text not null, version bigint not null, last_day date not null, ground text not null, article text not null,
    amount numeric not null, ceiling numeric not null, alternative numeric, agreements text[] not null,
    steps text[] not null, claim_deadline date not null, reversed_because text, primary key (employee, version)
);
