create type size as enum ('small', 'big');
create view kinds as select id, 'small'::size as kind from orders;
create view report as select kinds.kind from kinds;
