create procedure archive() language sql as 'delete from orders where status = ''old''';
