package cli

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/graph"
)

// graphPlaceError is a tenant and a Microsoft Graph of which one is on this machine and the other is not. A token of the one
// would go to whatever answers in the place of the other.
type graphPlaceError struct {
	root   string
	tenant authority.Authority
}

func (e *graphPlaceError) Error() string {
	if e.tenant.Loopback() {
		return fmt.Sprintf("the tenant %s is on this machine, and Microsoft Graph at %s is not", e.tenant, e.root)
	}
	return fmt.Sprintf("CIAM_GRAPH_URL is %s, on this machine, and the tenant %s is not; nothing was sent", e.root, e.tenant)
}

// place refuses a token's way from one of the two worlds to the other.
func (a *administrator) place(tenant authority.Authority) error {
	if tenant.Loopback() != onThisMachine(a.root) {
		return &graphPlaceError{a.root, tenant}
	}
	return nil
}

func explainGraphPlace(e *graphPlaceError, _ place, f *failure) {
	f.hint = "unset CIAM_GRAPH_URL, which is for a tenant on this machine, or name such a tenant with `--tenant`"
	if e.tenant.Loopback() {
		f.hint = "set CIAM_GRAPH_URL to the root of its Graph, as `ciam emulator env` prints it: " + e.tenant.Base + "/graph/v1.0"
	}
}

// onThisMachine reports a root that is one of no host of Microsoft's, since Root lets nothing else pass.
func onThisMachine(root string) bool {
	return !strings.Contains(" "+strings.Join(graph.Hosts(), " ")+" ", " "+hostOf(root)+" ")
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// administratorsOf is where the administrators of a tenant sign in: at Microsoft's page for the people of an organization, in
// the cloud of the Graph that is asked. A tenant on this machine has them at its own origin.
func administratorsOf(tenant authority.Authority, tenantID, root string) (authority.Authority, error) {
	if tenant.Loopback() {
		return authority.Parse(tenant.Base + "/" + tenantID)
	}
	at, ok := authority.Administrators(hostOf(root), tenantID)
	if !ok {
		return at, fmt.Errorf("nothing is known of where administrators sign in for Microsoft Graph at %s", root)
	}
	return at, nil
}

// graphResource is what permissions of Graph are asked for by: the root's host, in Microsoft's clouds. A Graph on this machine
// has the name of the public one.
func graphResource(root string) string {
	if onThisMachine(root) {
		root = graph.DefaultRoot
	}
	return "https://" + hostOf(root)
}
