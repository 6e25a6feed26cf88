// Package clocktest is the day on which the tests take place that do not use the machine's own clock.
//
// A test's clock is pinned everywhere or nowhere: one that mixes the two passes on the day it was written and fails on
// another. CIAM_TEST_DATE moves the day, so that such a mixture shows at once: `CIAM_TEST_DATE=2019-03-31 go test ./...`.
package clocktest

import (
	"os"
	"time"
)

// Variable names the environment variable with the day, as 2006-01-02; without it the day is the default.
const Variable = "CIAM_TEST_DATE"

const defaultDay = "2026-11-24"

// Now returns nine o'clock UTC of the pinned day. It panics when the variable is not a day.
func Now() time.Time {
	day := os.Getenv(Variable)
	if day == "" {
		day = defaultDay
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(Variable + ": " + err.Error())
	}
	return t.Add(9 * time.Hour)
}

// Running returns a clock that runs: the machine's own, moved to nine o'clock of the day that CIAM_TEST_DATE names where
// it names one. It is for whole flows, in which timers and deadlines are real.
func Running() func() time.Time {
	if os.Getenv(Variable) == "" {
		return time.Now
	}
	offset := time.Until(Now()).Round(time.Second)
	return func() time.Time { return time.Now().Add(offset) }
}
