-- Where which segments are archived.
create table archived_segments (
    segment int not null, location text not null, retained_until date, primary key (segment, location)
);
