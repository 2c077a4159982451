create type mood as enum ('happy', 'sad');
CREATE TYPE public.empty AS ENUM ('not');
