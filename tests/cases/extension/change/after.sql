create schema old;
create schema tools;
create extension vector schema tools;
