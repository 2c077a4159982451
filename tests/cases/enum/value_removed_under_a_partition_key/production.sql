create table holds (m mood) partition by list (m);
create table holds_sad partition of holds for values in ('sad');
