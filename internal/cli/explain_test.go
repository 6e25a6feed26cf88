package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestExplain has codes come in every way: the exit code, what is explained, and that nothing else of the input is shown.
func TestExplain(t *testing.T) {
	const secret = "0.AbCdEf-SECRET"
	address := "http://localhost:3000/?error=access_denied&error_description=AADSTS65004%3a+declined+" + secret + "&state=" + secret + "&code=" + secret
	log := "12:00:01 start\n12:00:02 IDX20803: Unable to obtain " + secret + " ---> IDX20804\n12:00:03 AADSTS700016 " + secret + "\n12:00:04 AADSTS700016\n"
	file := filepath.Join(t.TempDir(), "app.log")
	if err := os.WriteFile(file, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	wide := filepath.Join(t.TempDir(), "wide.log")
	if err := os.WriteFile(wide, []byte("\xff\xfeA\x00A\x00D\x00S\x00T\x00S\x005\x000\x000\x001\x001\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		args     []string
		stdin    string
		terminal bool
		code     int
		want     string // names, in order
		says     string // on stderr
	}{
		"a code":                      {args: []string{"AADSTS50011"}, want: "AADSTS50011"},
		"a number":                    {args: []string{"50011"}, want: "AADSTS50011"},
		"any case":                    {args: []string{"aadsts50011", "Invalid_Grant", "idx10503"}, want: "AADSTS50011 invalid_grant IDX10503"},
		"several, one twice":          {args: []string{"50011", "65001", "AADSTS50011"}, want: "AADSTS50011 AADSTS65001"},
		"a code and its OAuth error":  {args: []string{"invalid_grant", "70008"}, want: "invalid_grant AADSTS70008"},
		"MSAL.js":                     {args: []string{"endpoints_resolution_error"}, want: "endpoints_resolution_error"},
		"user flows":                  {args: []string{"AADB2C90063"}, want: "AADB2C90063"},
		"a sentence":                  {args: []string{"AADSTS50011: The redirect URI " + secret}, want: "AADSTS50011"},
		"an address":                  {args: []string{address}, want: "AADSTS65004"},
		"an address through a pipe":   {stdin: address + "\n", want: "AADSTS65004"},
		"an address at a terminal":    {terminal: true, stdin: address + "\n", want: "AADSTS65004", says: "code, address or message: "},
		"a file":                      {args: []string{file}, want: "IDX20803 IDX20804 AADSTS700016"},
		"a file of PowerShell":        {args: []string{wide}, want: "AADSTS50011"},
		"a pipe":                      {stdin: log, want: "IDX20803 IDX20804 AADSTS700016"},
		"stdin by name":               {args: []string{"-"}, stdin: log, want: "IDX20803 IDX20804 AADSTS700016"},
		"a file and a code":           {args: []string{"65001", file}, want: "AADSTS65001 IDX20803 IDX20804 AADSTS700016"},
		"unknown":                     {args: []string{"AADSTS12345"}, code: exitNotFound, says: "https://login.microsoftonline.com/error?code=12345"},
		"unknown, a number":           {args: []string{"12345"}, code: exitNotFound, says: "AADSTS12345 is not in the catalogue"},
		"unknown, .NET":               {args: []string{"IDX99999"}, code: exitNotFound, says: "azure-activedirectory-identitymodel-extensions-for-dotnet"},
		"unknown, user flows":         {args: []string{"AADB2C99999"}, code: exitNotFound, says: "active-directory-b2c/error-codes"},
		"known and unknown":           {stdin: "AADSTS50011 AADSTS12345 IDX99999", code: exitNotFound, want: "AADSTS50011", says: "AADSTS12345, IDX99999 are not in the catalogue"},
		"an exit code":                {args: []string{"6"}, code: exitNotFound, says: "6 is no error code of a tenant; as an exit code of ciam it says: a token or the tenant's metadata failed verification\nhint: `ciam help exit-codes`"},
		"an exit code, in words":      {args: []string{"exit", "code", "130"}, code: exitNotFound, says: "`ciam help exit-codes`"},
		"an exit code, in one word":   {args: []string{"Exit status: 4"}, code: exitNotFound, says: "run ciam login\nhint: `ciam help exit-codes`"},
		"no exit code of ours":        {args: []string{"42"}, code: exitNotFound, says: "there is no error code in it"},
		"a policy of B2C":             {args: []string{"error=access_denied&error_description=AADB2C90118%3a+The+user"}, want: "AADB2C90118"},
		"no code":                     {args: []string{secret}, code: exitNotFound, says: "there is no error code in it"},
		"no code in a pipe":           {stdin: "all is well\n", code: exitNotFound, says: "`ciam explain --list`"},
		"a folder":                    {args: []string{t.TempDir()}, code: exitUsage, says: "folder"},
		"nothing":                     {code: exitUsage, says: "nothing to explain"},
		"nothing at a terminal":       {terminal: true, stdin: "\n", code: exitUsage, says: "nothing to explain"},
		"nobody to ask at a terminal": {terminal: true, args: []string{"--no-input"}, code: exitUsage, says: "nothing to explain"},
		"a list and a code":           {args: []string{"--list", "50011"}, code: exitUsage, says: "unexpected argument"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.stdin, m.terminal = row.stdin, row.terminal
			o := m.run(append([]string{"explain"}, row.args...)...)
			if o.code != row.code || !strings.Contains(o.stderr, row.says) || row.code != 0 && !strings.Contains(o.stderr, "hint: ") {
				t.Errorf("exit %d, want %d; stderr %q, want %q", o.code, row.code, o.stderr, row.says)
			}
			var names []string
			for line := range strings.Lines(o.stdout) {
				if line[0] != ' ' && line != "\n" {
					names = append(names, strings.TrimSpace(line))
				}
			}
			if got := strings.Join(names, " "); got != row.want {
				t.Errorf("explained %q, want %q", got, row.want)
			}
			if strings.Contains(o.stdout+o.stderr, "SECRET") {
				t.Errorf("shown:\n%s%s", o.stdout, o.stderr)
			}
			if n := m.requests.Load(); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestExplain_json(t *testing.T) {
	m := newMachine(t)
	var one explained
	if err := json.Unmarshal([]byte(m.must("explain", "65001", "-o", "json").stdout), &one); err != nil {
		t.Fatal(err)
	}
	if *one.Code != 65001 || one.Name != "AADSTS65001" || one.Error != "invalid_grant" || one.Meaning == "" || one.Action == "" || one.SourceKind != "document" || !strings.HasPrefix(one.Source, "https://learn.microsoft.com/") {
		t.Errorf("%+v", one)
	}
	var all []map[string]any
	if err := json.Unmarshal([]byte(m.must("explain", "--list", "-o", "json").stdout), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 180 || !slices.ContainsFunc(all, func(e map[string]any) bool { return e["name"] == "IDX10503" && e["code"] == nil }) {
		t.Errorf("%d entries", len(all))
	}
	for _, e := range all {
		for _, key := range []string{"name", "meaning", "action", "source_kind"} {
			if text, _ := e[key].(string); text == "" {
				t.Errorf("%v has no %s", e["name"], key)
			}
		}
		if (e["source"] == "") != (e["source_kind"] == "none") {
			t.Errorf("%v: source %q of kind %v", e["name"], e["source"], e["source_kind"])
		}
	}
	m.stdin = "AADSTS65001\n"
	if out := m.must("explain", "--jq", ".[0].code").stdout; out != "65001\n" { // a list, whatever was piped in
		t.Errorf("%q", out)
	}
	// Every entry is one line in a pipe.
	if lines := strings.Count(m.must("explain", "--list").stdout, "\n"); lines != len(all) {
		t.Errorf("%d lines of %d entries", lines, len(all))
	}
}

// TestExplain_sources says with every entry where it is known from, also that it is known from nowhere.
func TestExplain_sources(t *testing.T) {
	m := newMachine(t)
	for name, want := range map[string]string{
		"50011":         "source       Microsoft\n               https://learn.microsoft.com/",
		"131010":        "source       people who met it, in public\n               https://github.com/MicrosoftDocs/entra-docs/issues/419\n",
		"invalid_grant": "source  the specification\n          https://www.rfc-editor.org/rfc/rfc6749#section-5.2\n",
		"700212":        "source       none is public;",
	} {
		if out := m.must("explain", name).stdout; !strings.Contains(out, want) {
			t.Errorf("%s: no %q in\n%s", name, want, out)
		}
	}
}

func TestExplain_screens(t *testing.T) {
	for _, width := range []int{80, 120} {
		m := newMachine(t)
		m.screen, m.width = true, width
		golden(t, fmt.Sprintf("explain_%d", width), m.must("explain", "7000218", "invalid_grant", "700212").stdout, width)
		golden(t, fmt.Sprintf("explain_list_%d", width), m.must("explain", "--list").stdout, width)
	}
}
