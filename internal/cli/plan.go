package cli

// facts are what is known of where a person is to sign in. They decide how; see decide.
type facts struct {
	// terminal says that somebody can type here.
	terminal bool
	// configured says that a command for the browser was set, and usable that it can be run.
	configured, usable bool
	// unusable is why none of the commands can be run; nil where there is nothing to tell.
	unusable error
	// system says that the system itself has a browser to open: a display, WSL, macOS, Windows.
	system bool
	// Where the browser is on another machine.
	ssh, codespaces, vscode, container bool
	// wsl is Linux inside Windows, whose browser reaches it.
	wsl bool
	// noBrowser is the flag, and noInput the flag or variable.
	noBrowser, noInput bool
	// formPost says that the answer was asked for as a form, which leaves nothing in an address to paste.
	formPost bool
}

// way is how a person gets to the tenant's page and back.
type way int

const (
	// refuse: nobody can sign in here.
	refuse way = iota
	// printAndWait shows the address.
	printAndWait
	// printAndPaste shows it, and takes the address of the page at the end.
	printAndPaste
	// open opens a browser.
	open
	// openAndOffer opens one that may be on another machine, and so shows and takes an address besides.
	openAndOffer
)

// String names the way for --debug.
func (w way) String() string {
	return [...]string{"refuse", "print and wait", "print and paste", "open", "open and offer"}[w]
}

// opens reports whether a browser is opened.
func (w way) opens() bool { return w == open || w == openAndOffer }

// pastes reports whether an address is taken.
func (w way) pastes() bool { return w == printAndPaste || w == openAndOffer }

// plan is a way and the reason for it, in words that complete "because".
type plan struct {
	way way
	why string
	// by are the facts that decided.
	by facts
}

// decide is the one place that says how a person signs in.
func decide(f facts) plan {
	p := f.decide()
	p.by = f
	switch {
	case !p.way.pastes() || !f.formPost:
	case p.way == openAndOffer:
		p.way = open
	default:
		p.way = printAndWait
	}
	return p
}

func (f facts) decide() plan {
	// A display that came along over SSH shows the browser of this machine, slowly, and often none at all.
	browser := f.usable || !f.configured && f.system && !f.ssh
	switch {
	case f.noBrowser && f.terminal && !f.noInput:
		return plan{way: printAndPaste, why: "--no-browser"}
	case f.noBrowser: // which asks for the address in so many words, whoever reads it
		return plan{way: printAndWait, why: "--no-browser, and nobody to paste an address"}
	case f.noInput && f.usable:
		return plan{way: open, why: "a browser is set, and --no-input"}
	case f.noInput:
		return plan{way: refuse, why: "--no-input, and no browser is set"}
	case browser && f.terminal && f.remote() != "":
		return plan{way: openAndOffer, why: "there is a browser to open, and this is " + f.remote()}
	case browser:
		return plan{way: open, why: "there is a browser to open"}
	case f.terminal && f.remote() != "":
		return plan{way: printAndPaste, why: "this is " + f.remote()}
	case f.terminal:
		return plan{way: printAndPaste, why: "there is no browser to open"}
	}
	return plan{way: refuse, why: "there is neither a terminal nor a browser"}
}

// remote says from where the browser that a person uses cannot be opened, or may not reach this machine; "" when it is here.
// What forwards ports by itself comes first: its words are the shortest.
func (f facts) remote() string {
	switch {
	case f.codespaces:
		return "a codespace"
	case f.vscode && !f.wsl:
		return "a terminal of VS Code on another machine"
	case f.ssh:
		return "a host reached over SSH"
	case f.container:
		return "a container"
	}
	return ""
}
