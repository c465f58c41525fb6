-- Who works here, what there is to learn, how far each has come with it, and what each gave to the learning of others.
create table staff (
    employee text primary key, department text not null, post text not null, hired_on date not null, last_day date
);
create table courses (
    course text not null, course_version int not null, published text not null, primary key (course, course_version)
);
create table training_record (
    employee text not null, course text not null, course_version int not null, state text not null, because text,
    assigned_on date, due date, hours numeric not null default 0, attempts int not null default 0, score numeric,
    completed_on date, completion uuid, overdue_on date, primary key (employee, course)
);
create index training_record_by_course on training_record (course, employee);
create table past_trainings (
    employee text not null, course text not null, kind text not null, on_day date not null, hours numeric not null,
    score numeric, mark text, primary key (employee, course, on_day)
);
create table contributions (
    employee text not null, kind text not null, title text not null, on_day date not null,
    primary key (employee, kind, title, on_day)
);
