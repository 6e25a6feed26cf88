package org.springframework.boot.test.web.server;

@java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
public @interface LocalServerPort {}
