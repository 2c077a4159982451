create publication "select";
