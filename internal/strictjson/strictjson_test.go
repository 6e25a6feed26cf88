package strictjson

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

type inner struct {
	ID    string   `json:"id"`
	Roles []string `json:"roles"`
}

type shared struct {
	Error string `json:"error"`
}

type message struct {
	shared
	Token  string    `json:"id_token"`
	Number int       `json:"number"`
	Codes  []int     `json:"codes"`
	One    inner     `json:"one"`
	Many   []inner   `json:"many"`
	When   time.Time `json:"when"` // reads itself
	Other  string    `json:"-"`
}

func TestUnmarshal(t *testing.T) {
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	for _, tt := range []struct {
		name, data string
		want       message
		says       string // of the refusal
	}{
		{"nothing asked for", `{"x":1}`, message{}, ""},
		{"all", ` {"id_token":"a","number":3,"codes":[1,2],"one":{"id":"b","roles":["c"]},"many":[{"id":"d"},{"id":"e"}],"when":"1970-01-01T00:00:07Z"} `,
			message{Token: "a", Number: 3, Codes: []int{1, 2}, One: inner{"b", []string{"c"}}, Many: []inner{{ID: "d"}, {ID: "e"}}, When: time.Unix(7, 0).UTC()}, ""},
		{"an embedded struct", `{"error":"no","shared":{"error":"x"}}`, message{shared: shared{"no"}}, ""},
		{"a wrong kind in it", `{"error":5}`, message{}, "error of the wrong kind or size, a number"},
		{"null is absent", `{"id_token":null,"many":[null, {"id":"x"}],"one":null}`, message{Many: []inner{{}, {ID: "x"}}}, ""},
		{"other spellings are other members", `{"ID_TOKEN":"evil","Id_Token":"evil","id_token":"a"}`, message{Token: "a"}, ""},
		{"another spelling alone", `{"ID_TOKEN":"evil"}`, message{}, ""},
		{"another spelling inside", `{"one":{"ID":"evil"},"many":[{"iD":"evil","id":"a"}]}`, message{Many: []inner{{ID: "a"}}}, ""},
		{"a letter that folds to another", `{"one":{"ıd":"evil"},"codeſ":[1]}`, message{}, ""}, // encoding/json folds ſ to s
		{"names are taken as they read, not as they are written", `{"id\u005ftoken":"a"}`, message{Token: "a"}, ""},
		{"a field without a name", `{"Other":"x","-":"x","":"x"}`, message{}, ""},

		{"twice", `{"id_token":"a","id_token":"b"}`, message{}, `has the member "id_token" twice`},
		{"twice, the same", `{"id_token":"a","id_token":"a"}`, message{}, `has the member "id_token" twice`},
		{"twice, once escaped", `{"id_token":"a","id\u005ftoken":"b"}`, message{}, "twice"},
		{"twice, unknown", `{"x":1,"x":2}`, message{}, "twice"},
		{"twice, inside", `{"many":[{"id":"a","id":"b"}]}`, message{}, "twice"},
		{"twice, inside what is not asked for", `{"x":[{"y":{"z":1,"z":1}}]}`, message{}, "twice"},
		{"a text for a number", `{"number":"3"}`, message{}, "number of the wrong kind or size, a string"},
		{"too large", `{"number":1e99}`, message{}, "number of the wrong kind or size, a number"},
		{"a number for a text", `{"id_token":5}`, message{}, "id_token of the wrong kind or size, a number"},
		{"a list for an object", `{"one":[]}`, message{}, "one of the wrong kind or size, an array"},
		{"an object for a list", `{"many":{}}`, message{}, "many of the wrong kind or size, an object"},
		{"a text in a list", `{"many":["x"]}`, message{}, "many of the wrong kind or size, a string"},
		{"deep inside", `{"many":[{"roles":[1]}]}`, message{}, "many.roles of the wrong kind or size, an array"},
		{"not UTF-8", "{\"id_token\":\"\xff\"}", message{}, "is not UTF-8"},
		{"not JSON", `{"id_token":`, message{}, "is not JSON"},
		{"nothing", ``, message{}, "is not JSON"},
		{"a list", `[]`, message{}, "is not a JSON object"},
		{"null", `null`, message{}, "is not a JSON object"},
		{"two", `{}{}`, message{}, "is more than one JSON value"},
		{"rubbish behind", `{} x`, message{}, "is more than one JSON value"},
		{"nested deep", `{"x":` + deep + `}`, message{}, "is nested more than 32 deep"},
		{"a long name", `{"` + strings.Repeat("n", 900) + `":1,"` + strings.Repeat("n", 900) + `":1}`, message{}, "twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got message
			err := Unmarshal([]byte(tt.data), &got)
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) || len(err.Error()) > 200 {
					t.Errorf("got %v, want %q", err, tt.says)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// TestUnmarshal_quotesNoValue: what comes from outside may be a secret.
func TestUnmarshal_quotesNoValue(t *testing.T) {
	for _, data := range []string{`{"number":"SECRET"}`, `{"one":"SECRET"}`, `{"many":["SECRET"]}`, `{"id_token":["SECRET"]}`, `SECRET`, `{"x":SECRET}`, `{"when":"SECRET"}`} {
		var m message
		if err := Unmarshal([]byte(data), &m); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", data, err)
		}
	}
}

// FuzzUnmarshal holds the reader against the standard one: what it accepts, that one accepts too, and it never takes a
// member that is not spelt as asked for.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"id_token":"a","ID_TOKEN":"b","many":[{"id":"c"}]}`))
	f.Add([]byte(`{"id\u005ftoken":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m message
		if Unmarshal(data, &m) != nil {
			return
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatalf("accepted what is not JSON: %v", err)
		}
		var token string
		if raw, ok := all["id_token"]; ok && json.Unmarshal(raw, &token) != nil || token != m.Token {
			t.Errorf("read %q, the message has %q", m.Token, token)
		}
	})
}
