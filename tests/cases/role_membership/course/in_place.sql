create role cucurbit_readers;
create role cucurbit_app login;
create role cucurbit_admin;
grant cucurbit_readers to cucurbit_app with admin option;
grant cucurbit_readers to cucurbit_admin;
