comment on event trigger off is 'off';
