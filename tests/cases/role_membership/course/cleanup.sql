drop role if exists cucurbit_readers, cucurbit_app, cucurbit_admin, "to", "Größe ""cm""";
