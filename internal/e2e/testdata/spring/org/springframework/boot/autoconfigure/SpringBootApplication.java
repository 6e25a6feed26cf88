package org.springframework.boot.autoconfigure;

@java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
public @interface SpringBootApplication {}
