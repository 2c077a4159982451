create or replace procedure archive() language sql security definer as 'delete from orders where status = ''OLD''';
