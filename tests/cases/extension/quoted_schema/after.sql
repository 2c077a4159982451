create schema "My Tools";
create extension "vector" schema "My Tools";
