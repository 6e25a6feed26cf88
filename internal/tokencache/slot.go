package tokencache

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// EnvironmentSlot is the person of a session that the environment set up: it has one person, whoever that is.
const EnvironmentSlot = "env"

// SlotItem names the item of a session that is not a profile's active one: another person of a profile, or a session
// set up by the environment (profile "" or the one that CIAM_PROFILE names). who is the person's object ID, or
// EnvironmentSlot. The name begins with an underscore, which no profile's does, and is 27 characters long.
func SlotItem(profile, tenantID, clientID, who string) string {
	return hashedItem(profile, strings.ToLower(tenantID), strings.ToLower(clientID), strings.ToLower(who))
}

// hashedItem is an item whose name tells nothing.
func hashedItem(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return "_" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:26])
}
