create table mails (sender email, receivers email[]);
insert into mails values ('a@example.org', '{}'), ('nobody', '{}');
