package org.springframework.security.oauth2.jwt;

public interface Jwt {
    String getClaimAsString(String name);
}
