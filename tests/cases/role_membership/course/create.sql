create role cucurbit_readers;
create role cucurbit_app login;
create role cucurbit_admin;
grant cucurbit_readers to cucurbit_app;
grant pg_monitor to cucurbit_app;
grant cucurbit_readers to cucurbit_admin with admin option;
