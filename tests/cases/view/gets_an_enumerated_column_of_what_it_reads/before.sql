create type size as enum ('small', 'big');
create view kinds as select id, null::date as kind from orders;
create view report as select kinds.kind from kinds;
