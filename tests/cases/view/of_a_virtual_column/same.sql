select id, price, doubled, tripled from sold
