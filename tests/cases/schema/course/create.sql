create schema shop;
CREATE SCHEMA IF NOT EXISTS archive;
