package aadsts_test

import (
	"fmt"

	"github.com/ciam-cli/ciam/internal/aadsts"
)

func ExampleFind() {
	entry, known := aadsts.Find("AADSTS50011")
	fmt.Println(known, entry.Code)
	fmt.Println(entry.Meaning)
	// Output:
	// true 50011
	// The redirect URI that was sent is not registered for this app.
}

func ExampleParse() {
	details := aadsts.Parse("AADSTS50126: Error validating credentials. Trace ID: 11112222-aaaa-bbbb-cccc-333344445555 Correlation ID: 66667777-aaaa-bbbb-cccc-888899990000 Timestamp: 2026-11-24 10:00:00Z")
	fmt.Println(details.Code, details.Message)
	fmt.Println(details.CorrelationID)
	// Output:
	// 50126 Error validating credentials.
	// 66667777-aaaa-bbbb-cccc-888899990000
}

func ExampleScan() {
	fmt.Println(aadsts.Scan("11:02 WARN sign-in ended: invalid_grant (AADSTS65001), correlation 66667777"))
	// Output: [AADSTS65001]
}
