package org.springframework.security.config;

public interface Customizer<T> {
    void customize(T settings);

    static <T> Customizer<T> withDefaults() {
        return settings -> {};
    }
}
