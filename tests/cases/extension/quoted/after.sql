create extension "uuid-ossp";
create view made as select uuid_nil() as id;
