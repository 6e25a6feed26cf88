import java.io.File;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** Runs the tests of the page, with the API at API_URL in the place of Spring's. */
public class Main {
    public static void main(String[] args) throws Exception {
        javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new File("pom.xml"));
        var settings = new Properties();
        settings.load(Files.newBufferedReader(Path.of("src/main/resources/application.properties")));
        var at = "spring.security.oauth2.resourceserver.jwt.";
        var issuer = settings.getProperty(at + "issuer-uri").replace("${CIAM_AUTHORITY}", System.getenv("CIAM_AUTHORITY"));
        // the tenant is reached as Spring Security reaches it: by Java's own trust, and it has to be the issuer
        try (var metadata = new URI(issuer + "/.well-known/openid-configuration").toURL().openStream()) {
            if (!new String(metadata.readAllBytes()).contains("\"issuer\":\"" + issuer + "\"")) throw new AssertionError("another issuer than " + issuer);
        }
        var made = Class.forName("com.contoso.orders.OrdersTest").getDeclaredConstructor();
        made.setAccessible(true);
        for (Method m : made.getDeclaringClass().getDeclaredMethods()) {
            if (!m.isAnnotationPresent(org.junit.jupiter.api.Test.class)) continue;
            Object test = made.newInstance();
            for (Field f : made.getDeclaringClass().getDeclaredFields()) {
                if (!f.isAnnotationPresent(org.springframework.boot.test.web.server.LocalServerPort.class)) continue;
                f.setAccessible(true);
                f.setInt(test, URI.create(System.getenv("API_URL")).getPort());
            }
            m.setAccessible(true);
            m.invoke(test);
            System.out.println("ok " + m.getName() + " " + settings.getProperty(at + "audiences"));
        }
    }
}
