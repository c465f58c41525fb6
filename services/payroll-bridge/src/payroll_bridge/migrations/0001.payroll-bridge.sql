-- What payroll-bridge answers and closes from: results, staff, sealed wages, rules, claims, lines and periods.
create table courses (course text primary key, course_version int not null, course_class text not null);
create table attempts (
    employee text not null, course text not null, on_day date not null, attempt int not null, news uuid not null,
    passed boolean not null, score numeric, course_class text, completion uuid, voided boolean not null default false,
    primary key (employee, course, on_day, attempt)
);
create index attempts_by_day on attempts (on_day);
create index attempts_voided on attempts (employee) where voided;
create table staff (employee text primary key, region text not null, last_day date);
create table wages (
    employee text not null, first_period text not null, monthly_wage text not null, performance_bonus text not null,
    minimum_wage numeric not null, primary key (employee, first_period)
);
create table bonus_rules (
    rule int primary key, first_day date not null, discussed_on date not null, published_on date not null,
    receipts text not null
);
create table claims (
    employee text primary key, assessed numeric not null default 0, assessment text, deducted numeric not null default 0
);
create table lines (
    employee text not null, period text not null, kind text not null, reference text not null,
    reversal boolean not null, amount numeric not null, basis text not null, taxable boolean not null,
    fact text not null, withdrawn_in text, primary key (employee, period, kind, reference, reversal)
);
create index lines_by_period on lines (period, employee, kind, reference);
create table periods (
    period text primary key, cutoff date not null, lines int not null, paid numeric not null,
    withheld numeric not null, without_wage text[] not null, blocked jsonb not null, file text
);
