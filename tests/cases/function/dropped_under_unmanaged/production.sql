create table holds (a integer constraint checked check (worth(a) > 0));
