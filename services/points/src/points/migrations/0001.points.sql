-- Who works here and as what, what they learned, the rules in force, what it earned, and how years ended.
create table staff (employee text primary key, department text not null, hired_on date not null, last_day date);
create table posts (
    employee text not null, since date not null, level text not null, post text not null, primary key (employee, since)
);
create table learned (
    fact text primary key, employee text not null, kind text, course text, about text not null,
    quantity numeric not null, on_day date not null, attempts int not null, version bigint not null, voided_by text
);
create index learned_by_employee on learned (employee, on_day);
create index learned_voided on learned (voided_by) where voided_by is not null;
create table adopted_rules (rules int primary key, first_day date not null, adopted text not null);
create table entries (
    year int not null, employee text not null, fact text not null, reversal boolean not null, kind text not null,
    quantity numeric not null, rate numeric not null, points numeric not null, rules int not null, on_day date not null,
    note text not null, primary key (year, employee, fact, reversal)
);
create table assessed (
    year int not null, employee text not null, points numeric not null, counted numeric not null, rank int not null,
    excellent boolean not null, bonus boolean not null, target_met boolean not null, rating_flag text,
    next_year_pay_review_eligible boolean not null, primary key (year, employee)
);
create table closed_years (year int primary key, closed text not null);
