create sequence ticket;
