create schema tools;
