package org.springframework.security.config.annotation.web.builders;

import org.springframework.security.config.Customizer;
import org.springframework.security.web.SecurityFilterChain;

public class HttpSecurity {
    public interface Requests {
        Rule anyRequest();
    }

    public interface Rule {
        Requests hasAuthority(String authority);
    }

    public interface Server {
        Server jwt(Customizer<Object> settings);
    }

    public HttpSecurity authorizeHttpRequests(Customizer<Requests> requests) throws Exception {
        return this;
    }

    public HttpSecurity oauth2ResourceServer(Customizer<Server> server) throws Exception {
        return this;
    }

    public SecurityFilterChain build() throws Exception {
        return null;
    }
}
