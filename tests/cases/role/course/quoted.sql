create role "Größe ""cm""" login;
create role "select";
