package cli

import (
	"encoding/json"
	"time"

	"github.com/ciam-cli/ciam/internal/tokencache"
)

// somebody has a session whose claims and times are always the same.
func somebody(m *machine) { pinned(m, map[string]any{"name": "Ada Example"}) }

func nobodysName(m *machine) { pinned(m, map[string]any{"name": "unknown"}) }

func pinned(m *machine, claims map[string]any) {
	const at = 1795507830
	for name, value := range map[string]any{"preferred_username": ada, "email": ada, "oid": "bbbbcccc-1111-dddd-2222-eeee3333ffff", "country": "Switzerland",
		"extension_0123456789abcdef0123456789abcdef_loyaltyNumber": "A-1001", "iss": "https://" + contosoID + ".ciamlogin.com/" + contosoID + "/v2.0",
		"aud": appA, "iat": at, "exp": at + 3600, "auth_time": at, "nonce": "n-0S6_WzA2Mj", "ver": "2.0"} {
		claims[name] = value
	}
	m.env["CIAM_TENANT"], m.env["CIAM_CLIENT_ID"] = "contoso", appA
	plant(claims)(m, "")
	// One minute after the sign-in, on the day of the claims.
	session := m.session()
	session.SignedInAt = time.Unix(at, 0)
	for i := range session.AccessTokens {
		session.AccessTokens[i].ExpiresAt = time.Unix(at+4000, 0)
	}
	record, err := json.Marshal(tokencache.Record{Version: 1, Session: session})
	if err != nil {
		m.t.Fatal(err)
	}
	m.put(m.item(), string(record))
	m.base = func() time.Time { return time.Unix(at+60, 0) }
}
