create materialized view theirs as select amount from ours;
refresh materialized view ours with no data;
