comment on trigger off on items is 'off';
comment on trigger anew on items is 'made anew';
