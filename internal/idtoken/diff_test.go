package idtoken

import (
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	for name, row := range map[string]struct{ before, after, want string }{
		"nothing":                     {`{}`, `{}`, ""},
		"the same":                    {`{"a":1,"b":"x"}`, `{"b":"x","a":1}`, "same a b"},
		"as JSON":                     {`{"a":{"x":1,"y":[ 2 ]}}`, `{"a":{"y":[2],"x":1}}`, "same a"},
		"a letter as an escape":       {`{"a":"\u00e9"}`, `{"a":"é"}`, "same a"},
		"a number and its text":       {`{"a":1}`, `{"a":"1"}`, "changed a"},
		"a large number":              {`{"a":9007199254740993}`, `{"a":9007199254740992}`, "changed a"},
		"the order of a list":         {`{"a":["x","y"]}`, `{"a":["y","x"]}`, "changed a"},
		"added":                       {`{}`, `{"a":null}`, "added a"},
		"removed":                     {`{"a":false}`, `{}`, "removed a"},
		"all":                         {`{"r":1,"s":1,"c":1}`, `{"a":1,"s":1,"c":2}`, "added a changed c removed r same s"},
		"what changes in every token": {`{"exp":1,"uti":"a","nonce":"n","sid":"s"}`, `{"exp":2,"uti":"b","sid":"s"}`, "always exp nonce uti same sid"},
		"a name in other case":        {`{"Exp":1}`, `{"exp":1}`, "removed Exp always exp"},
	} {
		d, err := Compare([]byte(row.before), []byte(row.after))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, c := range d.Changes {
			got[c.Kind()+" "+c.Name] = true
		}
		for _, n := range d.Same {
			got["same "+n] = true
		}
		for _, n := range d.Always {
			got["always "+n] = true
		}
		want, kind := map[string]bool{}, ""
		for word := range strings.FieldsSeq(row.want) {
			switch word {
			case "added", "removed", "changed", "same", "always":
				kind = word
			default:
				want[kind+" "+word] = true
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		for w := range want {
			if !got[w] {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
	}
	for _, bad := range []string{"", "[]", `{"a":1,"a":2}`, "x"} {
		if _, err := Compare([]byte(bad), []byte(`{}`)); err == nil {
			t.Errorf("%q before: no error", bad)
		}
		if _, err := Compare([]byte(`{}`), []byte(bad)); err == nil {
			t.Errorf("%q after: no error", bad)
		}
	}
}
