// Package graph is the part of Microsoft Graph v1.0 with which an external tenant is set up: applications, their
// service principals, consent, user flows and their attributes. It reads and changes the tenant's document, so what is
// made here signs people in.
//
// It knows package directory and nothing else of the emulator: who is asking, and that the token is good, is handed in.
// Requests and answers have the types of types.json, which is an extract of Microsoft's metadata (MIT, © 2018 Microsoft
// Graph; the source and its commit are in the file): a request is judged by it, and the tests judge the answers by it.
//
// What a registration or a user flow has beyond what signing in needs is kept under its name in Graph (App.Registration,
// UserFlow.Registration).
package graph
