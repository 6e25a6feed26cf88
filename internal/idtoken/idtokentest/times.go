package idtokentest

import "github.com/ciam-cli/ciam/internal/clocktest"

// at is the pinned time and so many seconds, as a NumericDate.
func at(seconds int64) int64 { return clocktest.Now().Unix() + seconds }

// times are tokens of another time than now, and dates that are none.
func times() []Case {
	noDates := append(otherKinds()[1:], // missing has a case of its own
		named{"text", text(at(3600))}, named{"empty text", ""}, named{"text of a date", "2061-02-28T09:00:00Z"}, named{"negative", -1}, named{"in milliseconds", at(3600) * 1000}, named{"in nanoseconds", at(3600) * 1e9},
		named{"beyond all calendars", raw("1e30")}, named{"beyond all numbers", raw("1e400")}, named{"a list with a date", []int64{at(3600)}}, named{"an object with a date", object{"seconds": at(3600)}})
	const number = "a number" // 1 is a date, long ago
	var cases []Case
	for _, claim := range []struct{ name, fails string }{{"exp", "expiry"}, {"iat", "issued at"}, {"nbf", "not before"}} {
		for _, v := range noDates {
			if v.name != number {
				cases = append(cases, claimCases(claim.name, claim.fails, []named{v})...)
			}
		}
	}
	cases = append(cases, claimCases("exp", "expiry", []named{
		{"missing", drop}, {"in 1970", 1}, {"zero", 0}, {"a minute beyond the leeway", at(-360)}, {"at the leeway's end", at(-300)}, {"yesterday", at(-86400)}, {"a year ago", at(-31536000)}, {"a fraction before the leeway's end", raw(text(at(-301)) + ".999")}, {"minus zero", raw("-0.0")},
	})...)
	cases = append(cases, claimCases("iat", "issued at", []named{
		{"missing", drop}, {"a second beyond the leeway", at(301)}, {"tomorrow", at(86400)}, {"in the year 9999", 253402300799},
	})...)
	cases = append(cases, claimCases("nbf", "not before", []named{
		{"a second beyond the leeway", at(301)}, {"tomorrow", at(86400)}, {"after it has expired", at(7200)}, {"in the year 9999", 253402300799},
	})...)
	return append(cases, Case{"all times of another day", signed(nil, object{"exp": at(-86400), "iat": at(86400), "nbf": at(86400)}), "expiry,issued at,not before"})
}
