create role cucurbit_clerk;
create user cucurbit_web connection limit 3;
create role cucurbit_auditor nologin createdb noinherit valid until '2040-01-01 00:00:00+00';
