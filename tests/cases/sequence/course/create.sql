create sequence ticket;
create sequence public.backwards as smallint increment by -2 cache 5 cycle start with -3 no minvalue;
create unlogged sequence passing minvalue 10 maxvalue 5000000000;
