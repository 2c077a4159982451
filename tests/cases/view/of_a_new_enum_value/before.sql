create view fine as select id from t where mood = 'happy';
