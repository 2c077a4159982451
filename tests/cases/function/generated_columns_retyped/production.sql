create view theirs as select double, half from readings;
create index readings_double on readings (double) where double > 3;
comment on column readings.half is 'the half';
comment on column readings.double is 'twice';
grant select (double, half) on readings to pg_monitor;
alter table readings alter column double set statistics 12;
create policy picked on readings using (half > 1);
