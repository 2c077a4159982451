create type mood as enum ('sad', 'so-so', 'happy');
CREATE TYPE public.empty AS ENUM ('not');
