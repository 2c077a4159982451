comment on view ours is 'the definition says how it is';
