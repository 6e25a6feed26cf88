package cli

import (
	"strings"
	"testing"
)

func TestScratch(t *testing.T) {
	m := newAdministrators(t)
	o := m.run("probe", readOrg, readOrg+" "+writeApps, "--timeout", "5s")
	t.Logf("%d\n%s\n%s", o.code, o.stdout, o.stderr)
	t.Log(m.requests.Load(), m.browsers.Load(), m.reads.Load(), m.writes.Load())
	m = newAdministrators(t)
	m.visitor.Email, m.visitor.Password = "ada@example.com", "Correct-Horse-9"
	o = m.run("probe", readOrg, "--timeout", "5s")
	t.Logf("%d\n%s\n%s", o.code, o.stdout, o.stderr)
	m = newAdministrators(t)
	o = m.run("probe", readOrg, "--device-code", "--timeout", "2s")
	t.Logf("%d\n%s\n%s", o.code, o.stdout, o.stderr)
	_ = strings.Cut
}
