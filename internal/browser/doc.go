// Package browser opens a URL in the person's web browser.
//
// Which browser: the command the person configured, else on WSL the one of Windows (wslview, powershell.exe), else the
// system's default (github.com/pkg/browser: xdg-open and its kin, open, ShellExecute). A launcher is started, not waited
// for, since some live as long as the browser does; one that fails at once is an error. It never writes to stdout.
//
// The package reads no environment: what matters of it is handed in with Opener.
package browser
