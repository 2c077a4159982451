create type mood as enum ('awful', 'bad', 'sad', 'happy');
