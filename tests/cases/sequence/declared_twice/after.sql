create sequence ticket start 5;
