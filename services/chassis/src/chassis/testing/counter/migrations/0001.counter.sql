-- The tables of the example service's views.
create table tallies (stream uuid primary key, total int not null, note text not null check (note <> 'forbidden'));
create table knocks (employee text primary key, times int not null, note text not null);
create index knocks_by_note on knocks (note);
