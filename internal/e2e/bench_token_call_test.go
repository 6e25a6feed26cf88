package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciam-cli/ciam/internal/emulator"
)

// BenchmarkEmulatorTokenCall is one call to a token after the other, over loopback and https, by its median: for a user who is
// there, for one who is made with the call, and for an app itself.
//
//	go test -run '^$' -bench EmulatorTokenCall -benchtime 200x ./internal/e2e
func BenchmarkEmulatorTokenCall(b *testing.B) {
	seed := emulator.DefaultSeed()
	withUser(seed)
	server, err := emulator.New(emulator.Options{PasswordCost: 4, Seed: seed})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	web := httptest.NewTLSServer(server)
	defer web.Close()
	seen := map[string]bool{}
	call := func(body string) time.Duration {
		began := time.Now()
		resp, err := web.Client().Post(web.URL+"/_emulator/tokens", "application/json", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		var made struct {
			Token string `json:"access_token"`
		}
		err = json.NewDecoder(resp.Body).Decode(&made)
		took := time.Since(began)
		if err != nil || resp.StatusCode != http.StatusCreated || strings.Count(made.Token, ".") != 2 || seen[made.Token] {
			b.Fatalf("status %d, %v: no token, or the same again", resp.StatusCode, err)
		}
		seen[made.Token] = true
		return took
	}
	call(`{"user":"` + email + `"}`) // the connection is there, and the key
	var took [3][]time.Duration
	for n := 0; b.Loop(); n++ {
		took[0] = append(took[0], call(`{"user":"`+email+`"}`))
		took[1] = append(took[1], call(`{"user":"u`+strings.Repeat("x", n%50)+time.Now().Format("150405.000000000")+`@example.com","create_user":true}`))
		took[2] = append(took[2], call(`{"scopes":["https://graph.microsoft.com/.default"]}`))
	}
	for i, name := range []string{"user", "new-user", "app"} {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][len(took[i])/2].Microseconds())/1000, name+"-ms")
	}
}
