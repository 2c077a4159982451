drop role if exists cucurbit_clerk, cucurbit_web, cucurbit_auditor, "Größe ""cm""", "select";
