package directory

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// CustomAttribute is a user attribute of the tenant's own.
type CustomAttribute struct {
	ID          string `yaml:"id"` // extension_<appid>_<name>
	DisplayName string `yaml:"displayName"`
	Description string `yaml:"description,omitempty"`
	DataType    string `yaml:"dataType,omitempty"` // TypeString when empty
}

// DeletedApp is an app registration that can be restored.
type DeletedApp struct {
	App       App       `yaml:"app"`
	API       *API      `yaml:"api,omitempty"`
	DeletedAt time.Time `yaml:"deletedAt"`
}

// DeletedAppLife is how long a deleted app can be restored.
const DeletedAppLife = 30 * 24 * time.Hour

// ObjectID is the id of a thing of the tenant in the directory, made of its kind and its names.
func (t *Tenant) ObjectID(kind string, names ...string) string {
	return nameGUID(append([]string{"object", t.ID, kind}, names...)...)
}

// FlowID is the user flow's id in the directory; it stays when the flow gets another name.
func (t *Tenant) FlowID(f *UserFlow) string {
	if f.ID != "" {
		return f.ID
	}
	return t.ObjectID("userFlow", f.DisplayName)
}

// ExtensionsApp is the app id under which the tenant's own attributes are kept (b2c-extensions-app).
func (t *Tenant) ExtensionsApp() string { return t.ObjectID("app", "b2c-extensions-app") }

// cloneRegistrations gives a tenant its own lists of what administrators change. What an element holds is still
// shared: it is replaced, never changed in place.
func (t *Tenant) cloneRegistrations() {
	t.Apps, t.APIs, t.DeletedApps = slices.Clone(t.Apps), slices.Clone(t.APIs), slices.Clone(t.DeletedApps)
	t.UserFlows, t.CustomAttributes, t.Keys = slices.Clone(t.UserFlows), slices.Clone(t.CustomAttributes), slices.Clone(t.Keys)
	for i := range t.Apps {
		t.Apps[i].Registration = maps.Clone(t.Apps[i].Registration)
	}
	for i := range t.UserFlows {
		t.UserFlows[i].Registration = maps.Clone(t.UserFlows[i].Registration)
	}
}

// validateRegistrations checks what administrators made.
func (t *Tenant) validateRegistrations(at string) error {
	ids := uniquely{}
	for i := range t.UserFlows {
		if f := &t.UserFlows[i]; f.ID != "" {
			if err := ids.addGUID(at+".userFlows.id", f.ID); err != nil {
				return err
			}
		}
	}
	for _, a := range t.CustomAttributes {
		p := at + ".customAttributes"
		if !strings.HasPrefix(a.ID, "extension_") || !isAttributeName(a.ID) || a.DisplayName == "" {
			return bad(p, "expected an id extension_<appid>_<name> and a displayName, got %q and %q", a.ID, a.DisplayName)
		}
		if a.DataType != "" && a.DataType != TypeString && a.DataType != TypeBoolean && a.DataType != TypeInt64 {
			return bad(p, "expected the dataType %s, %s or %s, got %q", TypeString, TypeBoolean, TypeInt64, a.DataType)
		}
		if err := ids.add(p+".id", a.ID); err != nil {
			return err
		}
	}
	for _, d := range t.DeletedApps {
		if err := d.App.validate(at+".deletedApps.app", uniquely{}); err != nil {
			return err
		}
	}
	return nil
}
