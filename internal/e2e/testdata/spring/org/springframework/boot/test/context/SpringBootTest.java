package org.springframework.boot.test.context;

@java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
public @interface SpringBootTest {
    enum WebEnvironment { RANDOM_PORT }

    WebEnvironment webEnvironment();
}
