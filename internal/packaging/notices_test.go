package packaging

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ciam-cli/ciam/internal/needtest"
)

var noticesFile = flag.String("notices", "", "write the notices of third parties into this file")

// kinds are the licences that the binary may hold, by a sentence of each. They ask for their text to be passed on, and for
// no more.
var kinds = []struct{ name, sentence string }{
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"BSD", "Redistribution and use in source and binary forms, with or without modification"},
	{"Apache-2.0", "Apache License Version 2.0"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"},
}

// kindOf names the licence of a text; "" for one that nobody has looked at.
func kindOf(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, k := range kinds {
		if strings.Contains(text, k.sentence) {
			return k.name
		}
	}
	return ""
}

// module is one whose code is in the binary.
type module struct{ path, version, dir string }

// modules are those of the binaries for all systems, in the order of their paths.
func modules(t *testing.T) []module {
	t.Helper()
	goTool := needtest.Program(t, "https://go.dev/dl/", "go")
	found := map[string]module{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := exec.Command(goTool, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "../../cmd/ciam")
		list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := list.Output()
		if err != nil {
			t.Fatalf("%v: %v", list, err)
		}
		for _, line := range strings.Fields(strings.ReplaceAll(string(out), "\t", "|")) {
			if f := strings.Split(line, "|"); len(f) == 3 {
				found[f[0]] = module{f[0], f[1], f[2]}
			}
		}
	}
	var all []module
	for _, m := range found {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return all
}

// licence is the text of the files at dir that say under what a module may be passed on.
func licence(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([-.].*)?$`)
	var b strings.Builder
	for _, e := range entries {
		if !named.MatchString(e.Name()) || e.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")) + "\n\n")
	}
	return b.String()
}

// TestNotices gathers the licences of all that the binary is made of, and fails where one is missing or of a kind that
// nobody has looked at. -notices writes them.
func TestNotices(t *testing.T) {
	all := modules(t)
	if len(all) < 15 {
		t.Errorf("%d modules: is the search broken?", len(all))
	}
	var b bytes.Buffer
	b.WriteString("ciam contains code of the following projects, under the licences below.\n")
	add := func(name, text string) {
		if kindOf(text) == "" {
			t.Errorf("%s: no licence that is known: may it be shipped? Then add its kind to kinds", name)
		}
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s", strings.Repeat("-", 80), name, text)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	add("The Go runtime and standard library", licence(t, strings.TrimSpace(string(root))))
	for _, m := range all {
		add(m.path+" "+m.version, licence(t, m.dir))
	}
	add("Types of Microsoft Graph, from github.com/microsoftgraph/msgraph-metadata", microsoftGraph(t))
	if *noticesFile != "" {
		if err := os.WriteFile(*noticesFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// microsoftGraph is the licence of the metadata that the embedded tenant holds an extract of: the quotation in the README of
// the extract that the tests use.
func microsoftGraph(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "graph", "testdata", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, line := range strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n") {
		if quoted, ok := strings.CutPrefix(line, ">"); ok {
			b.WriteString(strings.TrimSpace(quoted) + "\n")
		}
	}
	return b.String()
}

func TestKindOf(t *testing.T) {
	for text, want := range map[string]string{
		"Permission is hereby granted, free of\ncharge, to any person obtaining a copy of": "MIT",
		"  Apache License\n      Version 2.0, January 2004":                                "Apache-2.0",
		"GNU GENERAL PUBLIC LICENSE Version 3":                                             "",
		"":                                                                                 "",
	} {
		if got := kindOf(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
