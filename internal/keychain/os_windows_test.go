package keychain

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// TestOS_credentialManager runs the contract on the real Credential Manager, and kills writers of it, under a service of
// its own.
func TestOS_credentialManager(t *testing.T) {
	if os.Getenv("CIAM_TEST_CREDENTIALS") != "1" {
		t.Skip("it would write into your Credential Manager: CIAM_TEST_CREDENTIALS=1 lets it")
	}
	service := fmt.Sprintf("ciam-test-%d", os.Getpid())
	inline, _ := windowsSizes()
	testContract(t, subject{open: func(testing.TB) Store { return OS(Options{Service: service}) }, inline: inline})
	testKill(t, smallOS(service), 40*time.Millisecond, "chunked", service)
}
