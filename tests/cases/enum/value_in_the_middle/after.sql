create type mood as enum ('sad', 'ok', 'fine', 'happy');
