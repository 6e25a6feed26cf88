// Package tenant brings an external tenant to what a file says, the file being a seed of the embedded tenant: `ciam tenant
// plan`, `apply`, `pull` and `destroy`, and `ciam setup` on top of them.
//
//	Read(file) → Wanted ──┐
//	                      ├─ Make → Plan: steps in the order that the service needs ─┐
//	Look(graph) → Found ──┘                                                          ├─ Plan.Apply
//	Ours(graph) → Found ──── Destroy → Plan ─────────────────────────────────────────┘
//	Survey(graph) → Found ── Pull → file
//
// Make, Destroy and Pull are pure functions of the documents that they are given. What is absent from the file is not managed, so that a
// file can say little; which keys of the file can be managed at all stands in one table (Decisions). Make asks for no scope
// but those that reading needs, see Wanted.ReadScopes; Plan.Scopes are those of the steps.
//
// What is ours carries a mark: an app the tags "ciam-setup" and "ciam:<name>", a user flow a description that ends in
// "managed by ciam:<name>". What has the name of a thing in the file and no mark is somebody else's, and refused, unless
// Options.Adopt. Nothing that the file does not name is deleted by Make; Destroy deletes what has a mark.
//
// Calls can be repeated at any point: each step looks at nothing but what was found and what earlier steps made, and a run
// that was cut off leaves a tenant whose plan is the rest.
package tenant
