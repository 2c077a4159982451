alter table items disable trigger off;
alter table items enable always trigger always;
alter table items enable replica trigger replica;
alter table items disable trigger anew;
comment on trigger off on items is 'off';
comment on trigger anew on items is 'made anew';
