create domain some_item as ours check ((value).id > 0);
