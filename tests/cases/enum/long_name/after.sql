create type a_name_of_sixty_three_bytes_which_is_the_longest_that_there_is_ as enum ('b', 'a');
