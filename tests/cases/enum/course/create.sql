create type mood as enum ('sad', 'happy');
CREATE TYPE public.empty AS ENUM ();
