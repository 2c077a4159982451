create extension hstore version '1.6';
create view pairs as select 'a=>1'::hstore as pairs;
