// Package appconfig reads and writes the files in which apps keep how they sign in: .env of Microsoft's Node samples,
// appsettings.json of ASP.NET, authConfig.js and JSON of MSAL.
//
// A script is never run. Its literals are read: objects, texts, lists of texts, names that a const gives to a text, templates
// of them, and the last resort of `process.env.X || "…"`. What is more than that counts as not set. JSON, with comments and
// trailing commas too, is a case of it.
package appconfig
