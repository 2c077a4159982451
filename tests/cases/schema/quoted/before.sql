create schema "Mixed Case";
create schema größe;
