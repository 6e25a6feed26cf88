package render

import (
	"strconv"
	"time"
)

// Time is t in UTC with its distance from now, as in "2026-11-24 09:15:30 UTC (in 59 minutes)". The zero time is
// "unknown".
func Time(t, now time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC") + " (" + Relative(t, now) + ")"
}

// Relative is the distance of t from now in its largest sensible unit, rounded down: "in 59 minutes", "3 days ago",
// "now" within a second. Months and years are average ones.
func Relative(t, now time.Time) string {
	seconds := t.Unix() - now.Unix() // not Sub, which ends at 292 years
	ahead := seconds > 0
	if !ahead {
		seconds = -seconds
	}
	if seconds == 0 {
		return "now"
	}
	const minute, hour, day, month, year = 60, 3600, 86400, 2629746, 31556952
	n, unit := seconds, "second"
	switch {
	case seconds >= 2*year:
		n, unit = seconds/year, "year"
	case seconds >= 2*month:
		n, unit = seconds/month, "month"
	case seconds >= 2*day:
		n, unit = seconds/day, "day"
	case seconds >= hour:
		n, unit = seconds/hour, "hour"
	case seconds >= minute:
		n, unit = seconds/minute, "minute"
	}
	text := strconv.FormatInt(n, 10) + " " + unit
	if n != 1 {
		text += "s"
	}
	if ahead {
		return "in " + text
	}
	return text + " ago"
}
