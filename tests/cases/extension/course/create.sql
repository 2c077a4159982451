create extension vector;
CREATE EXTENSION IF NOT EXISTS plpgsql;
