package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciam-cli/ciam/internal/config"
	"github.com/ciam-cli/ciam/internal/emulator/host"
	"github.com/ciam-cli/ciam/internal/files"
	"github.com/ciam-cli/ciam/internal/wire"
)

// emulatorCall bounds one call of a running emulator, which a loaded machine may take its time for.
const emulatorCall = 15 * time.Second

// emulatorPlace are the flags that say which running emulator is meant, and who asks.
type emulatorPlace struct{ url, readyFile, tokenFile string }

func (o *emulatorPlace) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.url, "url", "", "the emulator at this `URL` (default CIAM_EMULATOR_URL, else the one of yours that runs)")
	flags.StringVar(&o.readyFile, "ready-file", "", "the emulator that wrote this `FILE`")
	flags.StringVar(&o.tokenFile, "control-token-file", "", "the control token, in a `FILE`, of an emulator on another machine")
}

// placeHelp is how the emulator is found, for the help of commands that have the flags.
const placeHelp = `The emulator is the one of --url, of --ready-file, or of CIAM_EMULATOR_URL, which ` + "`ciam emulator run`" + `
sets; else the one that you have started with ` + "`ciam emulator`" + `, or whatever listens on port 8765.`

// runningDir is where the user's emulators say that they run; "" for a user without a home folder.
func (r *run) runningDir() string { return under(r.emulatorDir(), "running") }

// announce tells the user's other programs of an emulator, until drop. One that cannot is found by --url.
func (r *run) announce(about ready) (drop func()) {
	if r.runningDir() == "" {
		return func() {}
	}
	drop, err := host.Announce(r.runningDir(), host.Running{URL: about.URL, CAFile: about.CAFile, PID: about.PID})
	if err != nil {
		r.log.Debug("emulator", "not announced", err.Error())
		return func() {}
	}
	return drop
}

// announced are the user's emulators that run.
func (r *run) announced() []host.Running {
	if r.runningDir() == "" {
		return nil
	}
	return host.Announced(r.runningDir())
}

// findEmulator returns the emulator that flags or environment name, or the only one that runs. The error is a
// *notFoundError for a ready file that is not there (yet).
func (r *run) findEmulator(o emulatorPlace) (host.Running, error) {
	switch {
	case o.url != "" && o.readyFile != "":
		return host.Running{}, &usageError{message: "--url and --ready-file name two emulators", hint: "leave one of them out"}
	case o.url != "":
		return emulatorAt("--url", o.url)
	case o.readyFile != "":
		return r.readReady(o.readyFile)
	case r.env.EmulatorURL != "":
		return emulatorAt("CIAM_EMULATOR_URL", r.env.EmulatorURL)
	}
	switch all := r.announced(); len(all) {
	case 0:
		return host.Running{URL: "https://localhost:" + strconv.Itoa(host.DefaultPort)}, nil
	case 1:
		return all[0], nil
	default:
		var urls []string
		for _, e := range all {
			urls = append(urls, e.URL)
		}
		return host.Running{}, &usageError{message: fmt.Sprintf("%d emulators run: %s", len(all), strings.Join(urls, ", ")), hint: "choose one with `--url`"}
	}
}

// emulatorAt is the emulator at an address that where names, which may be that of its control area.
func emulatorAt(where, address string) (host.Running, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" && strings.Trim(u.Path, "/") != "_emulator" {
		return host.Running{}, &usageError{message: where + " is no address of an emulator", hint: "expected one such as https://localhost:8765"}
	}
	return host.Running{URL: u.Scheme + "://" + u.Host}, nil
}

// readReady is the emulator that wrote a ready file.
func (r *run) readReady(path string) (host.Running, error) {
	data, err := r.files.Read(path, files.Options{Limit: maxReady, Raw: true, Empty: true})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return host.Running{}, &notFoundError{message: "there is no ready file " + path + ": the emulator has not begun to answer, or has ended", hint: "`ciam emulator health --wait` waits for it"}
	case err != nil:
		return host.Running{}, fileError("--ready-file", path, err)
	case !isReady(data):
		return host.Running{}, &usageError{message: "--ready-file " + path + " is none", hint: "name the file that was given to `ciam emulator --ready-file FILE`"}
	}
	var found host.Running
	err = json.Unmarshal(data, &found)
	return found, err
}

// emulatorClient calls the control area of a running emulator.
type emulatorClient struct {
	host.Running
	sender *wire.Sender
	token  config.Secret
}

// emulatorClient trusts what other clients do (CIAM_CA_FILE), the emulator's own certificate authority, and the user's.
func (r *run) emulatorClient(o emulatorPlace) (*emulatorClient, error) {
	token, err := r.controlToken(o.tokenFile)
	if err != nil {
		return nil, err
	}
	c := &emulatorClient{token: token}
	if c.Running, err = r.findEmulator(o); err != nil {
		return nil, err
	}
	if c.CAFile == "" && strings.HasPrefix(c.URL, "https:") {
		c.CAFile = r.env.CAFile
		if own := host.CAFile(r.emulatorDir()); r.emulatorDir() != "" && isFile(own) {
			c.CAFile = own // beside that of the environment
		}
	}
	transport, err := r.systemTransport(r.caFile(config.Profile{}), namedFile{c.CAFile, "the emulator's certificate authority"})
	if err != nil {
		return nil, err
	}
	c.sender = wire.New(&http.Client{Transport: transport}, wire.Options{Now: r.Now, Timeout: emulatorCall, Tries: 1})
	return c, nil
}

// call asks the control area. into is for the answer, nil when it does not matter.
func (c *emulatorClient) call(ctx context.Context, method, path string, into any) error {
	return c.send(ctx, method, path, nil, into)
}

// send is call with a body, which becomes JSON; nil for none.
func (c *emulatorClient) send(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+"/_emulator"+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json") // the control area wants it of whatever changes something
	req.Header.Set("Accept", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	reply, err := c.sender.Do(req)
	if err != nil {
		return c.explain(err)
	}
	var failure struct {
		Error *struct{ Code, Message string } `json:"error"`
	}
	isJSON := json.Unmarshal(reply.Body, &failure) == nil
	switch {
	case reply.Status == http.StatusMisdirectedRequest:
		return &commandError{exit: exitRefused, code: "unknown_host", message: "the emulator at " + c.URL + " does not answer by this name", hint: "start it with `ciam emulator --host NAME`"}
	case isJSON && failure.Error != nil && reply.Status == http.StatusForbidden:
		return &commandError{exit: exitRefused, code: failure.Error.Code, message: c.URL + ": " + failure.Error.Message, hint: "give the emulator's token with `--control-token-file` or CIAM_EMULATOR_CONTROL_TOKEN"}
	case isJSON && failure.Error != nil:
		return &commandError{exit: exitRefused, code: cmp.Or(failure.Error.Code, "refused"), message: c.URL + ": " + failure.Error.Message}
	case reply.Status >= 300, into != nil && json.Unmarshal(reply.Body, into) != nil:
		return &commandError{exit: exitUnreachable, code: "bad_answer", message: fmt.Sprintf("what answers at %s is no emulator (HTTP status %d)", c.URL, reply.Status), hint: "see which port it is: `ciam emulator` prints its address"}
	}
	return nil
}

// explain is a call without an answer.
func (c *emulatorClient) explain(err error) error {
	e, ok := find[*wire.UnreachableError](err)
	if !ok {
		return err
	}
	hint := "`ciam emulator` starts one; `--url` names another"
	switch e.Cause {
	case wire.CauseUntrustedCA:
		hint = "name its certificate in CIAM_CA_FILE: " + c.URL + "/_emulator/ca.pem has it, and `ciam emulator ca` on its own machine"
	case wire.CauseWrongName:
		hint = "start it with `ciam emulator --host NAME`"
	case wire.CauseTLS, wire.CauseDamaged:
		hint = "an emulator that was started with --http has an address that begins with http://"
	}
	return &unansweredError{commandError{exit: exitUnreachable, code: "unreachable", message: fmt.Sprintf("no emulator answers at %s: %s", c.URL, e.Reason), hint: hint}, e.Cause}
}

// unansweredError is a commandError for an emulator that does not answer, which another try may change.
type unansweredError struct {
	commandError
	cause wire.Cause
}

// Unwrap returns what to report.
func (e *unansweredError) Unwrap() error { return &e.commandError }

// may reports whether the emulator may only be late.
func (e *unansweredError) may() bool {
	return slices.Contains([]wire.Cause{wire.CauseRefused, wire.CauseDropped, wire.CauseTimeout, wire.CauseDNS, wire.CauseOffline, wire.CauseDamaged}, e.cause)
}

// emulatorHealth is what a running emulator says of itself.
type emulatorHealth struct {
	Status  string         `json:"status"`
	URL     string         `json:"url"`
	Tenants []healthTenant `json:"tenants"`
}

type healthTenant struct {
	ID          string      `json:"id"`
	Subdomain   string      `json:"subdomain"`
	DisplayName string      `json:"display_name"`
	Apps        []healthApp `json:"apps"`
}

type healthApp struct {
	ClientID    string `json:"client_id"`
	DisplayName string `json:"display_name"`
}

func (c *emulatorClient) health(ctx context.Context) (emulatorHealth, error) {
	var h emulatorHealth
	err := c.call(ctx, http.MethodGet, "/health", &h)
	if err == nil && (h.Status != "ok" || len(h.Tenants) == 0) {
		err = &commandError{exit: exitUnreachable, code: "bad_answer", message: "what answers at " + c.URL + " is no emulator", hint: "see which port it is: `ciam emulator` prints its address"}
	}
	h.URL = c.URL
	return h, err
}

// settingsFolder is for the files that `ciam emulator env` points programs to. They stay, one set for each authority.
func (r *run) settingsFolder(caFile string) (string, error) {
	dir := r.emulatorDir()
	if err := config.Missing(dir, "the folder of the emulator's certificates"); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(caFile))
	dir = filepath.Join(dir, "env", hex.EncodeToString(sum[:4]))
	return dir, os.MkdirAll(dir, 0o700)
}
