create schema things;
create extension vector schema things;
