package org.junit.jupiter.api;

public class Assertions {
    public static void assertEquals(int expected, int got) {
        if (expected != got) throw new AssertionError(expected + " is not " + got);
    }
}
