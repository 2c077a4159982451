create role "to";
