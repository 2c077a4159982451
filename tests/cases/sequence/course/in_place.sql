create sequence ticket start 1000 minvalue 100;
create sequence public.backwards as integer increment by 2 maxvalue 100 minvalue -100;
create sequence passing minvalue 10 maxvalue 5000000001 cycle;
