package e2e

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/idtoken/idtokentest"
)

var updateHostile = flag.Bool("update-hostile", false, "write testdata/jose-alone.txt")

// testHostile has jose judge the hostile tokens, which `go test ./internal/idtoken` has ciam judge. What ciam accepts jose
// accepts too; what jose alone accepts is in testdata/jose-alone.txt, each with the checks of ciam that it fails.
func testHostile(t *testing.T, folder string) {
	cases := idtokentest.Cases()
	data, err := json.Marshal(map[string]any{
		"now": idtokentest.Now().UnixMilli(), "keys": json.RawMessage(idtokentest.JWKS()), "issuer": idtokentest.Issuer, "audience": idtokentest.ClientID, "cases": cases,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cases.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var accepted []string
	script := node(t, append(os.Environ(), "TEST_CASES="+file), folder, "hostile.js")
	script.read("accepted", &accepted)
	script.ended()
	var alone []string
	for _, c := range cases {
		switch byJose := slices.Contains(accepted, c.Name); {
		case c.Fails == "" && !byJose:
			t.Errorf("%q: ciam accepts what jose refuses", c.Name)
		case c.Fails != "" && byJose:
			alone = append(alone, c.Name+" · "+c.Fails)
		}
	}
	slices.Sort(alone)
	got := strings.Join(alone, "\n") + "\n"
	const golden = "testdata/jose-alone.txt"
	if *updateHostile {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || strings.ReplaceAll(string(want), "\r\n", "\n") != got {
		t.Errorf("%s differs (%v); jose alone accepts\n%s", golden, err, got)
	}
	t.Logf("%d tokens: %d accepted by jose, %d of them by jose alone", len(cases), len(accepted), len(alone))
}
