package cli

import (
	"path"
	"runtime"
	"strings"
)

// system is where a text is read: which shell a command in it is pasted into, which programs and folders are there. Whatever
// names a path, a variable or a command other than ciam in a hint or a help text asks it.
type system struct {
	// goos is a GOOS.
	goos string
	// shell is what the person types into.
	shell shellKind
}

// shellKind is a family of shells that agree on what ciam says.
type shellKind int

const (
	posix      shellKind = iota // sh, bash, zsh, and fish as far as it goes
	powershell                  // both of them
	cmdexe
)

// system is that of the person who runs the program.
func (r *run) system() system {
	if r == nil || r.Env == nil {
		return systemOf("", nil)
	}
	return systemOf(r.GOOS, r.Getenv)
}

// systemOf tells the shell by what it leaves in the environment; goos "" is this system.
func systemOf(goos string, getenv func(string) string) system {
	if goos == "" {
		goos = runtime.GOOS
	}
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	s := system{goos: goos}
	modules := getenv("PSModulePath")
	switch {
	case goos != "windows":
		if modules != "" { // PowerShell's, which has it for its children
			s.shell = powershell
		}
	case getenv("MSYSTEM") != "": // Git Bash, MSYS2
	case getenv("PROMPT") != "" && !strings.Contains(strings.ToLower(modules), `\documents\`):
		s.shell = cmdexe // which sets PROMPT; PowerShell puts the user's own modules first
	default:
		s.shell = powershell
	}
	return s
}

// choose is the text for the shell. cmd "" is what PowerShell gets.
func (s system) choose(sh, ps, cmd string) string {
	switch {
	case s.shell == posix:
		return sh
	case s.shell == cmdexe && cmd != "":
		return cmd
	}
	return ps
}

// quote is text as one word of a command line that a person may paste: quoted where the shell would read more into it.
func (s system) quote(text string) string {
	if s.shell == posix {
		return shellWord(text)
	}
	plain := strings.Trim(text, `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:/\@+`) == ""
	if text != "" && plain && text[0] != '@' && text[0] != '-' {
		return text
	}
	if s.shell == cmdexe {
		return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// variable is how the shell names a variable's value.
func (s system) variable(name string) string {
	return s.choose("$"+name, "$env:"+name, "%"+name+"%")
}

// setVariable is the line that sets a variable for what is started after it.
func (s system) setVariable(name, value string) string {
	if s.shell == cmdexe {
		return `set "` + name + "=" + value + `"`
	}
	return s.choose("export "+name+"="+shellWord(value), "$env:"+name+" = '"+strings.ReplaceAll(value, "'", "''")+"'", "")
}

// makeKeyFile is the command that makes a key for the sealed store in the person's home, where only they can read it, and
// setKeyFile the one that names it.
func (s system) makeKeyFile() string {
	name := s.keyName()
	lines := `$k = [byte[]]::new(32); [Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($k); [IO.File]::WriteAllBytes($HOME + '` + name + `', $k)`
	if s.goos != "windows" {
		return s.choose("head -c 32 /dev/urandom > ~"+name+" && chmod 600 ~"+name, lines+"; chmod 600 ~"+name, "")
	}
	return s.choose("head -c 32 /dev/urandom > ~"+name, lines, `powershell -NoProfile -Command "`+lines+`"`) // a home is private there
}

func (s system) setKeyFile() string {
	name := s.keyName()
	return s.choose("export CIAM_STORE_KEY_FILE=~"+name, `$env:CIAM_STORE_KEY_FILE = "$HOME`+name+`"`, `set "CIAM_STORE_KEY_FILE=%USERPROFILE%`+name+`"`)
}

func (s system) keyName() string {
	if s.goos == "windows" && s.shell != posix {
		return `\ciam.key`
	}
	return "/.ciam.key"
}

// makePrivate is the command that leaves a file or a folder to its owner; mode is what chmod is given.
func (s system) makePrivate(file, mode string) string {
	if s.goos == "windows" {
		return "icacls " + s.quote(file) + " /inheritance:r /grant:r " + s.choose(`"$USERNAME:F"`, `"${env:USERNAME}:F"`, `"%USERNAME%:F"`)
	}
	return "chmod " + mode + " " + s.quote(file)
}

// configFile is where the configuration is, unless something says otherwise; as config.SystemDirs has it.
func (s system) configFile() string {
	switch s.goos {
	case "windows":
		return s.choose("$APPDATA/ciam/config.yaml", `$env:AppData\ciam\config.yaml`, `%AppData%\ciam\config.yaml`)
	case "darwin":
		return "~/Library/Application Support/ciam/config.yaml"
	}
	return "~/.config/ciam/config.yaml"
}

// secretFile is a place for a secret, for examples.
func (s system) secretFile() string {
	if s.goos == "windows" {
		return `C:\secrets\ciam.txt`
	}
	return "/run/secrets/ciam"
}

// caFile is a place for a certificate, for examples.
func (s system) caFile() string {
	if s.goos == "windows" {
		return `C:\certs\lab-ca.pem`
	}
	return "/etc/ssl/lab-ca.pem"
}

// inFolder names a program in this folder.
func (s system) inFolder(name string) string {
	return s.choose("./"+path.Base(name), `.\`+name, "")
}

// fromFile is a command whose stdin is a file.
func (s system) fromFile(command, file string) string {
	return s.choose(command+" < "+file, "Get-Content "+file+" | "+command, command+" < "+file)
}

// next goes on with a command on another line.
func (s system) next() string { return s.choose(`\`, "`", "^") }
