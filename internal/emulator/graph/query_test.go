package graph

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/emulator/directory"
)

// TestQuery is $filter, $select, $orderby and paging.
func TestQuery(t *testing.T) {
	c := newCaller(t, directory.Empty())
	for _, name := range []string{"b", "O'Hara", "a", "ab"} {
		c.made("/applications", `{"displayName":"`+name+`","tags":["t-`+name+`"],"isFallbackPublicClient":`+fmt.Sprint(name == "b")+`}`, "id")
	}
	for filter, want := range map[string][]string{
		"displayName eq 'A'":                                                    {"a"},
		"displayName eq 'O''Hara'":                                              {"O'Hara"},
		"displayName ne 'a' and startswith(displayName,'a')":                    {"ab"},
		"displayName eq 'a' or displayName eq 'b'":                              {"a", "b"},
		"not startswith(displayName, 'a') and (isFallbackPublicClient eq true)": {"b"},
		"tags/any(t:t eq 't-ab')":                                               {"ab"},
		"tags/any(t:startswith(t,'t-a'))":                                       {"a", "ab"},
		"isFallbackPublicClient eq true":                                        {"b"},
		"uniqueName ne null":                                                    nil,
		"displayName eq 'nobody'":                                               nil,
	} {
		if got := sorted(c.names("/applications?$filter="+url.QueryEscape(filter), "displayName")); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", filter, got, want)
		}
	}
	for _, filter := range []string{"displayName", "displayName eq", "displayName eq 'a", "displayName eq 'a' xor", "tags/any(t:t eq 'a'", "(displayName eq 'a'", strings.Repeat("not ", 100) + "a eq 'b'", "contains(displayName,'a')"} {
		c.do(400, "GET", "/applications?$filter="+url.QueryEscape(filter), "")
	}
	got := c.do(200, "GET", "/applications?$select=id,appId&$filter="+url.QueryEscape("displayName eq 'a'"), "")["value"].([]any)[0].(object)
	if len(got) != 2 || got["appId"] == nil {
		t.Errorf("selected %v", got)
	}
	var all []string
	next := "/applications?$top=2&$orderby=displayName+desc"
	for pages := 0; next != ""; pages++ {
		out := c.do(200, "GET", next, "")
		for _, v := range out["value"].([]any) {
			all = append(all, v.(object)["displayName"].(string))
		}
		link, _ := out["@odata.nextLink"].(string)
		if next = strings.TrimPrefix(link, "https://localhost:8765"+Root); pages > 5 {
			t.Fatal("the pages do not end")
		}
	}
	if !slices.Equal(all, []string{"O'Hara", extensionsName, "b", "ab", "a"}) {
		t.Errorf("pages %v", all)
	}
	for _, query := range []string{"$top=0", "$top=1000", "$top=x", "$skiptoken=-1", "$search=x"} {
		c.do(400, "GET", "/applications?"+query, "")
	}
}

// TestPaths has no path end without an answer in Graph's shape.
func TestPaths(t *testing.T) {
	c := newCaller(t, seeded())
	for _, path := range []string{"", "/", "//", "/applications/", "/applications//x", "/applications/%2e%2e/x", "/applications/..", "/applications(", "/applications()", "/applications('x", "/applications(appId=)", "/%zz", "/microsoft.graph.x", "/applications/a%2Fb", "/me"} {
		r := httptest.NewRequest("GET", "https://localhost"+Root, nil)
		r.URL.Path, r.URL.RawPath = Root+path, Root+path
		w := httptest.NewRecorder()
		f := c.service.Serve(w, r, c.who, "")
		if f == nil && w.Code != 200 || f != nil && (f.Status < 400 || f.Code == "" || f.Message == "") {
			t.Errorf("%q: %d %v", path, w.Code, f)
		}
	}
	app := c.made("/applications", `{"displayName":"x","uniqueName":"it's 100% a/b"}`, "id")
	if got := c.do(200, "GET", "/applications(uniqueName='it''s%20100%25%20a%2Fb')", ""); got["id"] != app {
		t.Errorf("by a name with marks: %v", got["id"])
	}
}

// FuzzFilter reads any $filter and any path without panic, and judges something with what it read.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"displayName eq 'a'", "tags/any(t:t eq 'x') or not (a/b ne null)", "startswith(a,'')", "a/any(b:b/any(c:c eq '''') and d eq 1)", "(((", "applications(appId='x')"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if keep, err := parseFilter(text); err == nil {
			keep(object{"displayName": "a", "tags": []any{"x", nil}, "a": object{"b": []any{object{"c": "d"}}}})
		} else if keep != nil {
			t.Error("a filter with an error")
		}
		_, _, _ = normalise(text)
	})
}
