package cli

import (
	"context"
	"net"
	"net/url"
	"strings"
)

// print shows the address, and what a person can do with it. It is not subject to --quiet: without it nothing can go on.
func (w *waiting) print(ctx context.Context) {
	r := w.run
	if w.way == printAndWait || w.ready.Paste == nil {
		address := w.ready.URL
		if w.ready.Carried != "" && !w.by().formPost {
			address = w.ready.Carried
		}
		r.Streams.Say("open this URL in a browser on this machine to %s:\n\n  %s\n", w.what, address)
		return
	}
	short := w.short(w.ready.Carried)
	var b strings.Builder
	b.WriteString(w.head(r.machine().Name))
	if first := w.bring(ctx, short); first != "" {
		b.WriteString("\n\n" + first + "\n\n  2  open the address below, sign in, and paste here the address of the page\n     that cannot be shown at the end")
	} else {
		b.WriteString("\n\n     open the address below, sign in, and paste here the address of the page\n     that cannot be shown at the end")
	}
	b.WriteString(" (it begins with " + root(w.ready.RedirectURI) + ")\n")
	r.sayLines(b.String())
	r.Streams.Say("%s\n", w.ready.Carried)
}

// sayLines says our own text of several lines.
func (r *run) sayLines(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "ssh ") {
			r.Streams.Show(line) // a command, to be copied
			continue
		}
		r.Streams.Say("%s", line)
	}
}

// by are the facts behind the plan.
func (w *waiting) by() facts { return w.plan.by }

// head says where the person is, and so why there are these ways.
func (w *waiting) head(name string) string {
	f := w.by()
	if w.seen.opened {
		return "If it does not open, or the page at the end cannot be shown (this is\n" + f.remote() + "), " + w.either()
	}
	switch {
	case w.seen.failed:
		return "Without it, " + w.either()
	case f.codespaces:
		return "You are in a codespace, so the browser is on another machine. " + w.either()
	case f.vscode && !f.wsl:
		return "You are in a terminal of VS Code on another machine than its window. " + w.either()
	case f.ssh && name != "":
		return "You are on " + name + " over SSH, so the browser is on another machine. " + w.either()
	case f.ssh:
		return "You are here over SSH, so the browser is on another machine. " + w.either()
	case f.container:
		return "You are in a container, whose localhost no browser outside can reach: a\npublished port leads to another address of it. What works is to"
	case f.noBrowser:
		return "No browser is opened. Either"
	}
	return "There is no browser to open here. Either"
}

func (w *waiting) either() string {
	if w.by().remote() == "a container" {
		return "what works is to"
	}
	if w.seen.opened || w.seen.failed {
		return "either"
	}
	return "Either"
}

// bring is how a browser elsewhere gets to this machine's listener, "" where it cannot.
func (w *waiting) bring(ctx context.Context, short string) string {
	f, ports := w.by(), w.ports()
	port := "port " + ports[0]
	if len(ports) > 1 {
		port = "ports " + strings.Join(ports, " and ")
	}
	switch {
	case f.codespaces:
		forward := "gh codespace ports forward"
		for _, p := range ports {
			forward += " " + p + ":" + p
		}
		return "  1  VS Code on your machine forwards " + port + " by itself; else run\n     `" + forward + "` there. Then open\n     " + short + "  (in a browser's VS Code only 2 works)"
	case f.vscode && !f.wsl:
		return "  1  VS Code forwards " + port + " by itself: open\n     " + short
	case f.ssh:
		forward := w.run.forwardLine(ctx, ports)
		if line := "  1  in a terminal on your machine:   " + forward; len([]rune(line)) <= 80 {
			return line + "\n     then open                        " + short
		}
		return "  1  in a terminal on your machine:\n     " + forward + "\n     then open " + short
	case f.container:
		return ""
	}
	return "  1  on this machine, open " + short
}

// ports are those of this machine that the browser has to reach: the listener's, and the tenant's where that is here too.
func (w *waiting) ports() []string {
	ports := []string{portOf(w.ready.RedirectURI)}
	if u, err := url.Parse(w.ready.URL); err == nil {
		if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip.IsLoopback() {
			ports = append(ports, portOf(w.ready.URL))
		}
	}
	return ports
}

func portOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" {
		return "80"
	}
	return u.Port()
}

// root is the beginning of an address, up to its path.
func root(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host + "/"
}
