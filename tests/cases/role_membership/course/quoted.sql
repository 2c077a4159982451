create role "to";
create role "Größe ""cm""";
grant "to" to "Größe ""cm""";
