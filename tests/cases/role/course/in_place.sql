create role cucurbit_clerk createrole;
create role cucurbit_web with login;
create role cucurbit_auditor valid until '2041-01-01 00:00:00+00' bypassrls;
