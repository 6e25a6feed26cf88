package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ciam-cli/ciam/internal/doctor"
	"github.com/ciam-cli/ciam/internal/keychain"
	"github.com/ciam-cli/ciam/internal/loopback"
)

// checkPort binds the port that the answer would be received on.
func (d *diagnosis) checkPort(ctx context.Context) doctor.Result {
	ports, err := loopback.TryPort(ctx, d.port())
	if err != nil {
		return failed(err.Error(), "no port of this machine can be listened on, so sign in without: "+pasted(d.loginLine()+" --device-code"))
	}
	return portResult(ports, d.o.port != 0, d.loginLine())
}

// port is the one that a sign-in prefers.
func (d *diagnosis) port() int {
	if d.o.port != 0 {
		return d.o.port
	}
	u, err := url.Parse(cmp.Or(d.choice.settings.RedirectURI, d.o.app.redirectURI, d.r.env.RedirectURI))
	if err != nil {
		return 0
	}
	port, _ := strconv.Atoi(u.Port())
	return port
}

// portResult judges what was found; fixed says that no other port will do, and login is the command that signs in.
func portResult(p loopback.Ports, fixed bool, login string) doctor.Result {
	const alone = "a browser that tries %s alone finds nothing; if a sign-in waits in vain: %s"
	switch {
	case p.Taken != nil && fixed:
		return failed(p.Taken.Error(), fmt.Sprintf("free it, or leave `--port` out: %s; %d is free", pasted(login), p.Free))
	case p.Taken != nil:
		return warned(p.Taken.Error()+"; a sign-in moves to another port", fmt.Sprintf("nothing needs to be done; %s names one that is free", pasted(fmt.Sprintf("%s --port %d", login, p.Free))))
	case !p.IPv6:
		return warned(fmt.Sprintf("port %d is free on 127.0.0.1; this machine has no [::1]", p.Port), fmt.Sprintf(alone, "[::1]", pasted(login+" --device-code")))
	case !p.IPv4:
		return warned(fmt.Sprintf("port %d is free on [::1]; this machine has no 127.0.0.1", p.Port), fmt.Sprintf(alone, "127.0.0.1", pasted(login+" --device-code")))
	}
	return doctor.Found("port %d is free on 127.0.0.1 and [::1]", p.Port)
}

// checkBrowser says what a sign-in would do here, by the decision that it is taken by.
func (d *diagnosis) checkBrowser(context.Context) doctor.Result {
	p := decide(d.r.facts(false, false))
	opener := d.r.opener()
	by := "CIAM_BROWSER"
	if d.r.Getenv(by) == "" {
		by = "BROWSER"
	}
	switch {
	case p.by.unusable != nil: // its text names the program, without arguments
		return failed(by+": "+p.by.unusable.Error(), "mend or unset "+by+", then `ciam doctor browser`")
	case p.way == refuse:
		return warned(p.why+": nobody can sign in here through a browser", pasted(d.loginLine()+" --device-code")+" shows a code to type in elsewhere; scripts use "+pasted("ciam token"+d.flag()+" --client-credentials")+" or "+pasted(d.loginLine()+" --native"))
	case p.way.opens() && opener.Configured():
		return doctor.Found("a sign-in opens the browser that %s names", by)
	case p.way.opens():
		return doctor.Found("a sign-in opens the system's browser")
	case opener.Configured():
		return doctor.Found("%s wants none: a sign-in prints an address, and takes that of the page at the end", by)
	}
	return doctor.Found("%s: a sign-in prints an address, and takes that of the page at the end", p.why)
}

// storeSample is the size of what is written, about that of a session.
const storeSample = 4 << 10

// checkStore writes to the token store, reads, and deletes, under a name of its own: a profile's cannot begin so, and a
// slot's is longer.
func (d *diagnosis) checkStore(ctx context.Context) doctor.Result {
	if d.store == "memory" {
		return doctor.Found("memory: nothing is kept when ciam ends")
	}
	store, err := d.r.store(d.store)
	if err != nil {
		return d.storeTrouble(err)
	}
	random := make([]byte, storeSample*3/4+8)
	if _, err := io.ReadFull(d.r.Rand, random); err != nil {
		return unseen(err.Error(), "")
	}
	name := fmt.Sprintf("_doctor-%x", random[:8])
	sample := []byte(base64.StdEncoding.EncodeToString(random[8:]))
	defer func() { // whatever came of it, and also when the time is up
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*time.Second)
		defer cancel()
		_ = store.Settle(last)
		_ = store.Delete(last, name)
	}()
	if err := store.Set(ctx, name, sample); err != nil {
		return d.storeTrouble(err)
	}
	began := time.Now()
	back, err := store.Get(ctx, name)
	took := time.Since(began)
	var corrupt *keychain.CorruptError
	switch {
	case errors.As(err, &corrupt) || err == nil && !bytes.Equal(back, sample) || errors.Is(err, keychain.ErrNotFound):
		return failed(fmt.Sprintf("%s does not give back what was put in: %d KB", storeName(d.store), storeSample>>10), elsewhere)
	case err != nil:
		return d.storeTrouble(err)
	}
	if err := store.Delete(ctx, name); err != nil {
		return d.storeTrouble(err)
	}
	return doctor.Found("%s: %d KB written, read and deleted; %.1f ms for a read", storeName(d.store), storeSample>>10, float64(took.Microseconds())/1000)
}

// storeTrouble is a store that cannot be used as it is now.
func (d *diagnosis) storeTrouble(err error) doctor.Result {
	f := d.r.describe(&locatedError{err: err, login: d.loginLine(), flag: d.flag()})
	if !strings.Contains(f.hint, "`") {
		f.hint += "; then `ciam doctor keychain`"
	}
	unavailable, _ := find[*keychain.UnavailableError](err)
	switch {
	case unavailable != nil && unavailable.State == keychain.Locked && d.asked:
		return warned(f.message+"; a sign-in has the system ask for its password", f.hint)
	case unavailable != nil && unavailable.State == keychain.NoKey && d.asked && d.r.env.StoreKeyFile == "":
		return unseen("a sealed file, whose passphrase is asked for when it is needed", pasted("ciam whoami"+d.flag())+" opens it")
	}
	return failed(f.message, f.hint)
}
