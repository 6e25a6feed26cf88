package cli

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/ciam-cli/ciam/internal/authority"
	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/doctor"
	"github.com/ciam-cli/ciam/internal/tokencache"
)

func (d *diagnosis) checkVersion(context.Context) doctor.Result {
	msal := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/AzureAD/microsoft-authentication-library-for-go" {
				msal = ", MSAL Go " + dep.Version
			}
		}
	}
	return doctor.Found("ciam %s, %s on %s/%s%s", d.r.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, msal)
}

// checkConfig reads the configuration, and the file of authorities that a variable names.
func (d *diagnosis) checkConfig(context.Context) doctor.Result {
	path := d.r.configPath()
	file, err := config.Load(path)
	if err != nil {
		return failed(err.Error(), "mend that file, or leave it aside: `ciam doctor --config OTHER-FILE`")
	}
	d.r.file = file
	ca := d.r.caFile(config.Profile{})
	if _, err := d.r.authorities(ca); err != nil {
		f := d.r.describe(err)
		return failed(f.message, "name a PEM file with certificates by "+ca.by+", or none; then `ciam doctor config`")
	}
	if w := file.Warnings(); len(w) > 0 {
		return warned(strings.Join(w, "; "), "rename it there; `ciam profile list` shows which are used")
	}
	if path == "" {
		return warned("this user has no home folder, so nothing is configured", "set HOME or XDG_CONFIG_HOME, then `ciam doctor config`")
	}
	if _, err := os.Stat(path); err != nil {
		return doctor.Found("there is no %s, and none is needed", d.tilde(path))
	}
	n := len(file.Names())
	if n == 1 {
		return doctor.Found("%s, 1 profile", d.tilde(path))
	}
	return doctor.Found("%s, %d profiles", d.tilde(path), n)
}

// tilde shortens the path of a file in the user's home.
func (d *diagnosis) tilde(path string) string {
	home := d.r.Getenv("HOME")
	if rest, ok := strings.CutPrefix(path, home); ok && home != "" && runtime.GOOS != "windows" && strings.HasPrefix(rest, "/") {
		return "~" + rest
	}
	return path
}

// checkProfile finds the app and its tenant, as a sign-in would.
func (d *diagnosis) checkProfile(ctx context.Context) doctor.Result {
	r := d.r
	c, err := r.choose(ctx, d.o.app)
	d.choice = c
	if err == nil && (c.settings.Authority == "" || c.settings.ClientID == "") {
		if c.known {
			return failed(complete(c).Error(), d.settleLine("TENANT", "ID")+", with what Entra admin center > App registrations > your app > Overview shows")
		}
		return failed(complete(c).Error(), "`ciam profile add`; to try ciam without a tenant: `ciam login --demo`")
	}
	if err == nil {
		d.app, err = r.app(c.settings, d.o.app.credential)
	}
	if err == nil {
		_, err = c.settings.Redirect(false)
	}
	if err == nil {
		_, err = r.authorities(r.caFile(c.settings))
	}
	if err != nil {
		f := d.r.describe(err)
		next := f.hint
		if !strings.Contains(next, "`") {
			next = strings.TrimPrefix(next+"; then `ciam profile show`", "; then ")
		}
		return failed(f.message, next)
	}
	d.item = c.name
	if c.environment || c.create && c.name == "" {
		if d.item = ""; d.tenantKnown() != "" {
			d.item = tokencache.SlotItem(c.name, d.tenantKnown(), d.app.ClientID, tokencache.EnvironmentSlot)
		}
	}
	d.store = r.storeKind(ctx, c, d.item)
	return doctor.Found("%s", d.says())
}

// tenantKnown is the tenant's ID as far as it is known without a request.
func (d *diagnosis) tenantKnown() string {
	if d.app.TenantID != "" {
		return d.app.TenantID
	}
	known := authority.Resolver{CacheDir: under(d.r.dirs.Cache, "tenants")}
	id, _ := known.KnownTenantID(d.app.Authority)
	return id
}

// says tells where app and tenant come from.
func (d *diagnosis) says() string {
	c := d.choice
	app := fmt.Sprintf("app %s in %s", c.settings.ClientID, c.settings.Authority)
	switch {
	case c.name == demoProfile:
		return "demo: the embedded tenant, which is in this program"
	case c.environment:
		return app + ", by environment variables"
	case c.create || c.replaces:
		return app + ", by flags"
	}
	return c.name + ": " + app
}
