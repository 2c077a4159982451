alter event trigger off disable;
alter event trigger always enable always;
alter event trigger replica enable replica;
comment on event trigger off is 'off';
