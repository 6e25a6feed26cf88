package e2e

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// within wants everything that one answer says to be in another: JSON only gains fields. Fields that depend on the day
// are left out.
func within(t *testing.T, what string, less, more json.RawMessage) {
	t.Helper()
	var a, b any
	mustJSON(t, less, &a)
	mustJSON(t, more, &b)
	if lost := missing("", a, b); len(lost) > 0 {
		t.Errorf("%s: %v", what, lost)
	}
}

// missing tells what of a is not in b.
func missing(at string, a, b any) []string {
	switch a := a.(type) {
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok {
			break
		}
		var lost []string
		for name, value := range a {
			found, ok := other[name]
			switch {
			case name == "expired": // depends on the day
			case !ok:
				lost = append(lost, at+"."+name+" is gone")
			default:
				lost = append(lost, missing(at+"."+name, value, found)...)
			}
		}
		slices.Sort(lost)
		return lost
	case []any:
		other, ok := b.([]any)
		if !ok || len(other) < len(a) {
			break
		}
		var lost []string
		for i := range a {
			lost = append(lost, missing(fmt.Sprintf("%s[%d]", at, i), a[i], other[i])...)
		}
		return lost
	default:
		if reflect.DeepEqual(a, b) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s was %.80v and is %.80v", at, a, b)}
}
