create access method rows_of_ours type table handler heap_tableam_handler;
CREATE ACCESS METHOD tree TYPE INDEX HANDLER pg_catalog.bthandler;
