package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ciam-cli/ciam/internal/files"
)

// maxFile bounds the configuration file; a thousand profiles take about 300 KB.
const maxFile = 1 << 20

// File is the configuration file. It is edited as a YAML tree, so a user's comments, order and unknown keys survive.
type File struct {
	path string
	doc  *yaml.Node // the top mapping
	// head and foot are comments before and after the mapping that belong to none of its keys.
	head, foot string
	// decoded is doc as values, nil after a change.
	decoded  *content
	warnings []string
}

// content is the shape of the file; unknown keys are tolerated, so an older ciam reads a newer file.
type content struct {
	CurrentProfile string                 `yaml:"current_profile"`
	Profiles       map[string]fileProfile `yaml:"profiles"`
}

type fileProfile struct {
	Tenant           string   `yaml:"tenant"`
	TenantID         string   `yaml:"tenant_id"`
	ClientID         string   `yaml:"client_id"`
	RedirectURI      string   `yaml:"redirect_uri"`
	Scopes           []string `yaml:"scopes"`
	TokenStore       string   `yaml:"token_store"`
	ClientSecretFile string   `yaml:"client_secret_file"`
	Certificate      string   `yaml:"client_certificate"`
	AssertionFile    string   `yaml:"client_assertion_file"`
	CAFile           string   `yaml:"ca_file"`
}

// Load reads the file at path. A file that does not exist is an empty configuration, and so is the null device; a broken
// one is *Error with the line, and the file stays as it is. Only a regular file is read, which keeps nobody waiting, and none
// that every user of the machine can write to: they could name a tenant of theirs in it.
func Load(path string) (*File, error) {
	file := &File{path: path, doc: &yaml.Node{Kind: yaml.MappingNode}}
	if path == "" {
		return file, nil // a user without a home folder has no profiles
	}
	data, err := files.Read(context.Background(), path, files.Options{Limit: maxFile, Null: true, Empty: true, Tight: true})
	if errors.Is(err, fs.ErrNotExist) {
		return file, nil
	}
	if err != nil {
		return nil, FileError(path, err, "a readable file with profiles in YAML")
	}
	return file, file.parse(data)
}

func (f *File) parse(data []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return f.bad(strings.TrimPrefix(err.Error(), "yaml: "), "valid YAML")
	}
	if root.Kind == 0 || len(root.Content) == 1 && root.Content[0].Tag == "!!null" {
		f.head = comments(data)
		return nil // an empty file, or only comments
	}
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		return f.bad(fmt.Sprintf("line %d is not a mapping", top.Line), "`current_profile:` and `profiles:` at the top")
	}
	var c content
	if err := top.Decode(&c); err != nil {
		return f.bad(strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " "), "profiles by name, each with texts for tenant, client_id and the like")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Profiles)) {
		if err := CheckName(name); err != nil {
			// One bad name must not make the others unreadable.
			f.warnings = append(f.warnings, fmt.Sprintf("%s: profile %q is left alone: %v", f.path, name, err))
			continue
		}
		if problem := unsafeName(name); problem != "" && name != DemoName {
			f.warnings = append(f.warnings, fmt.Sprintf("%s: profile %q: %s; new profiles cannot be called so", f.path, name, problem))
		}
		if err := CheckTokenStore(c.Profiles[name].TokenStore, f.path+": profile "+name+": token_store"); err != nil {
			return err
		}
	}
	f.doc, f.decoded, f.head, f.foot = top, &c, root.HeadComment, root.FootComment
	return nil
}

// comments are the comment lines of a file that has nothing else; the decoder does not tell them then.
func comments(data []byte) string {
	var lines []string
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func (f *File) bad(problem, want string) error {
	return &Error{Where: f.path, Problem: problem, Want: want}
}

// Warnings are what a person should know of the file although it can be used.
func (f *File) Warnings() []string { return f.warnings }

// Path is where the file is, or will be.
func (f *File) Path() string { return f.path }

func (f *File) content() content {
	if f.decoded == nil {
		var c content
		// The tree was decoded when it was loaded and is only changed by this package.
		_ = f.doc.Decode(&c)
		f.decoded = &c
	}
	return *f.decoded
}

// Names returns the names of all profiles, sorted.
func (f *File) Names() []string {
	var names []string
	for name := range f.content().Profiles {
		if CheckName(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Current is the name of the profile used when none is named, or "".
func (f *File) Current() string { return f.content().CurrentProfile }

// Profile returns the profile called name.
func (f *File) Profile(name string) (Profile, bool) {
	p, ok := f.content().Profiles[name]
	return Profile{Name: name, Authority: p.Tenant, TenantID: p.TenantID, ClientID: p.ClientID, RedirectURI: p.RedirectURI,
		Scopes: p.Scopes, TokenStore: p.TokenStore, ClientSecretFile: p.ClientSecretFile,
		ClientCertificate: p.Certificate, ClientAssertionFile: p.AssertionFile, CAFile: p.CAFile}, ok
}

// Put adds or replaces the profile; keys that ciam does not know stay as they are. Nothing is written before Save.
func (f *File) Put(p Profile) {
	f.decoded = nil
	profiles := child(f.doc, "profiles")
	node := child(profiles, p.Name)
	setScalar(node, "tenant", p.Authority)
	setScalar(node, "tenant_id", p.TenantID)
	setScalar(node, "client_id", p.ClientID)
	setScalar(node, "redirect_uri", p.RedirectURI)
	setList(node, "scopes", p.Scopes)
	setScalar(node, "token_store", p.TokenStore)
	setScalar(node, "client_secret_file", p.ClientSecretFile)
	setScalar(node, "client_certificate", p.ClientCertificate)
	setScalar(node, "client_assertion_file", p.ClientAssertionFile)
	setScalar(node, "ca_file", p.CAFile)
}

// Use makes name the current profile; "" leaves none.
func (f *File) Use(name string) {
	f.decoded = nil
	setScalar(f.doc, "current_profile", name)
}

// Remove deletes the profile and reports whether there was one. A current profile that is removed is current no more.
func (f *File) Remove(name string) bool {
	if _, ok := f.Profile(name); !ok {
		return false
	}
	f.decoded = nil
	remove(child(f.doc, "profiles"), name)
	if f.Current() == name {
		f.Use("")
	}
	return true
}

// Save writes the file atomically: a crash or a full disk leaves the earlier one whole. Its mode stays, and a symbolic link,
// as dotfile managers make, keeps being one.
func (f *File) Save() error {
	if err := Missing(f.path, "a configuration file"); err != nil {
		return err
	}
	data, err := f.encode()
	if err != nil {
		return err
	}
	if err := files.Replace(f.path, data, files.ReplaceOptions{Folder: true}); err != nil {
		return unwritable(f.path, err)
	}
	return nil
}

func unwritable(path string, err error) error {
	e := FileError(path, err, "a file in a folder that you can write to; `--config` and CIAM_CONFIG name another")
	e.Problem = "it could not be written: " + e.Problem
	return e
}

func (f *File) encode() ([]byte, error) {
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(&yaml.Node{Kind: yaml.DocumentNode, HeadComment: f.head, FootComment: f.foot, Content: []*yaml.Node{f.doc}}); err != nil {
		return nil, f.bad(err.Error(), "a configuration that can be written as YAML")
	}
	return buf.Bytes(), nil
}

// child returns the mapping below key, adding an empty one where there is none.
func child(parent *yaml.Node, key string) *yaml.Node {
	if i := index(parent, key); i >= 0 {
		if parent.Content[i+1].Kind != yaml.MappingNode {
			parent.Content[i+1] = &yaml.Node{Kind: yaml.MappingNode}
		}
		return parent.Content[i+1]
	}
	node := &yaml.Node{Kind: yaml.MappingNode}
	parent.Content = append(parent.Content, scalar(key), node)
	return node
}

// setScalar sets key to value; an empty value removes it.
func setScalar(parent *yaml.Node, key, value string) {
	if value == "" {
		remove(parent, key)
		return
	}
	if i := index(parent, key); i >= 0 {
		old := parent.Content[i+1]
		node := scalar(value)
		node.LineComment, node.HeadComment, node.FootComment = old.LineComment, old.HeadComment, old.FootComment
		parent.Content[i+1] = node
		return
	}
	parent.Content = append(parent.Content, scalar(key), scalar(value))
}

func setList(parent *yaml.Node, key string, values []string) {
	remove(parent, key)
	if len(values) == 0 {
		return
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, v := range values {
		list.Content = append(list.Content, scalar(v))
	}
	parent.Content = append(parent.Content, scalar(key), list)
}

func remove(parent *yaml.Node, key string) {
	if i := index(parent, key); i >= 0 {
		parent.Content = slices.Delete(parent.Content, i, i+2)
	}
}

func index(parent *yaml.Node, key string) int {
	for i := 0; i+1 < len(parent.Content); i += 2 {
		if parent.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func scalar(value string) *yaml.Node {
	node := &yaml.Node{}
	node.SetString(value)
	return node
}
