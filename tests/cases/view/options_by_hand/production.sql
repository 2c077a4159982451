alter view ours set (security_barrier);
comment on view ours is 'the definition says how it is';
