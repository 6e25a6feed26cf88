package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/ciam-cli/ciam/internal/clocktest"
	"github.com/ciam-cli/ciam/internal/emulator"
)

// A tenant within a test: an http.Handler, and a token of a signed-in user by one call.
func ExampleServer() {
	tenant, err := emulator.New(emulator.Options{Now: clocktest.Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	server := httptest.NewServer(tenant)
	defer server.Close()

	resp, err := http.Post(server.URL+"/_emulator/tokens", "application/json", strings.NewReader(`{"user":"ada@example.com","create_user":true}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var tokens struct {
		TokenType   string `json:"token_type"`
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&tokens); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.StatusCode, tokens.TokenType, strings.Count(tokens.AccessToken, "."))
	// Output: 201 Bearer 2
}
