create view "Größe (cm)" as select 1 as "it's";
security label for dummy on column "Größe (cm)"."it's" is 'secret';
