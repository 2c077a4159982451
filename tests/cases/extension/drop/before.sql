create extension vector;
create materialized view embeddings as select id, '[1,2]'::vector(2) as embedding from customers;
create index embeddings_nearest on embeddings using hnsw (embedding vector_l2_ops);
