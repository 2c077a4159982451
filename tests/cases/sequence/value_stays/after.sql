create sequence ticket as integer increment 10 start 5 cycle;
