package keychain

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseHead(t *testing.T) {
	sum := base64.RawURLEncoding.EncodeToString(make([]byte, sha256.Size))
	for name, c := range map[string]struct {
		item string
		want string // part of the error; "" when it parses
	}{
		"inline":             {"ciam1:text:-:0:" + sum + ":body", ""},
		"empty body":         {"ciam1:text:-:0:" + sum + ":", ""},
		"colons in the body": {"ciam1:text:-:0:" + sum + ":a:b::", ""},
		"chunked":            {"ciam1:deflate:b:1024:" + sum + ":", ""},
		"empty":              {"", "version"},
		"other program":      {`{"token":"x"}`, "version"},
		"no version":         {"ciam:text:-:0:" + sum + ":", "version"},
		"version 0":          {"ciam0:text:-:0:" + sum + ":", "version"},
		"negative version":   {"ciam-1:text:-:0:" + sum + ":", "version"},
		"version 2":          {"ciam2:whatever", "format 2"},
		"cut off":            {"ciam1:text:-:0:" + sum, "5 fields"},
		"encoding":           {"ciam1:gzip:-:0:" + sum + ":", "encoding"},
		"slot c":             {"ciam1:deflate:c:1:" + sum + ":", "slot"},
		"no slot":            {"ciam1:deflate::1:" + sum + ":", "slot"},
		"inline with chunks": {"ciam1:deflate:-:1:" + sum + ":", "slot"},
		"slot without chunk": {"ciam1:deflate:a:0:" + sum + ":", "slot"},
		"slot with a body":   {"ciam1:deflate:a:1:" + sum + ":x", "slot"},
		"too many chunks":    {"ciam1:deflate:a:1025:" + sum + ":", "number of chunks"},
		"negative chunks":    {"ciam1:deflate:a:-1:" + sum + ":", "number of chunks"},
		"short checksum":     {"ciam1:text:-:0:AAAA:", "checksum"},
		"checksum not coded": {"ciam1:text:-:0:" + strings.Repeat("!", 43) + ":", "checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := parseHead(c.item)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want == "" && h.String() != c.item:
				t.Errorf("got %q back, expected %q", h, c.item)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, expected an error about %q", err, c.want)
			}
		})
	}
}

func TestHead_payload(t *testing.T) {
	data := []byte("payload")
	good, _, err := layout(data, 2560, 2400)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := good.payload(good.body); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("got %q, %v", got, err)
	}
	for name, c := range map[string]struct {
		enc  encoding
		body string
	}{
		"other text":       {encText, "Payload"},
		"cut off":          {encText, "payloa"},
		"not base64":       {encBase64, "***"},
		"other base64":     {encBase64, "AAAA"},
		"does not inflate": {encDeflate, "cGF5bG9hZA=="},
	} {
		t.Run(name, func(t *testing.T) {
			h := good
			h.enc = c.enc
			if got, err := h.payload(c.body); err == nil {
				t.Errorf("got %q, expected an error", got)
			}
		})
	}
}

// TestHead_payloadBounded gives items that inflate to 64 MiB, and looks at what reading them allocates.
func TestHead_payloadBounded(t *testing.T) {
	var bomb bytes.Buffer
	w, err := flate.NewWriter(&bomb, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 64<<20)
	w.Write(zeros)
	w.Close()
	h := head{enc: encDeflate, slot: '-', sum: sha256.Sum256(zeros)}
	for name, body := range map[string]string{
		"deflate": base64.StdEncoding.EncodeToString(bomb.Bytes()),
		"base64":  strings.Repeat("A", 64<<20),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := h.payload(body); err == nil {
			t.Errorf("%s: more than MaxPayload was accepted", name)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 16*MaxPayload {
			t.Errorf("%s: %d bytes were allocated, expected at most %d", name, got, 16*MaxPayload)
		}
	}
	text := head{enc: encText, slot: '-', sum: sha256.Sum256(zeros[:MaxPayload+1])}
	if _, err := text.payload(string(zeros[:MaxPayload+1])); err == nil {
		t.Error("a text of more than MaxPayload was accepted")
	}
}

// TestLayout checks every size of item against the limits it must keep, and that items are one printable line.
func TestLayout(t *testing.T) {
	mac, macChunk := macSizes(Service, strings.Repeat("p", 64)+"/a.1024")
	for name, size := range map[string][2]int{"windows": {2560, 2400}, "linux": {48 << 10, 48 << 10}, "macos": {mac, macChunk}} {
		t.Run(name, func(t *testing.T) {
			inline, chunk := size[0], size[1]
			for _, n := range []int{0, 1, 100, inline - 100, inline, inline + 1, 2 * inline, 200 << 10, MaxPayload} {
				for _, data := range [][]byte{noise(1, n), bytes.Repeat([]byte(`{"a":"b"}`), n/9), bytes.Repeat([]byte("ä\n"), n/3)} {
					h, chunks, err := layout(data, inline, chunk)
					if err != nil {
						t.Fatal(err)
					}
					if h.chunks != len(chunks) || len(chunks) > maxChunks {
						t.Fatalf("%d bytes: the head names %d chunks, there are %d", n, h.chunks, len(chunks))
					}
					if len(h.String()) > inline {
						t.Errorf("%d bytes: the head has %d bytes, the limit is %d", n, len(h.String()), inline)
					}
					for i, c := range append(chunks, h.String()) {
						if i < len(chunks) && (len(c) > chunk || c == "") {
							t.Errorf("%d bytes: chunk %d has %d bytes, the limit is %d", n, i, len(c), chunk)
						}
						if !printable([]byte(c)) {
							t.Errorf("%d bytes: item %d is not one printable line", n, i)
						}
					}
				}
			}
		})
	}
}

func TestPrintable(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, "{}": true, "a b": true, "Zürich 🔑": true, "a ": false, "a\n": false, "a\nb": false, `a\b`: false, "a\x00": false,
		"a\x7f": false, "\t": false, "\xff": false,
	} {
		if got := printable([]byte(s)); got != want {
			t.Errorf("printable(%q) = %v, expected %v", s, got, want)
		}
	}
}

// FuzzHead feeds hostile heads and chunks to the reader: it must not panic, must keep to MaxPayload, and must only accept
// what the checksum vouches for.
func FuzzHead(f *testing.F) {
	for _, data := range [][]byte{nil, []byte("payload"), {0, 1, 2}, bytes.Repeat([]byte("x"), 9000), noise(1, 9000)} {
		h, chunks, err := layout(data, 2560, 2400)
		if err != nil {
			f.Fatal(err)
		}
		if h.chunks > 0 {
			h.slot = 'a'
		}
		f.Add(h.String(), strings.Join(chunks, ""))
	}
	f.Add("ciam2:x", "")
	f.Add("ciam1:deflate:a:1:"+strings.Repeat("A", 43)+":", "AwA=")
	f.Fuzz(func(t *testing.T, item, chunks string) {
		h, err := parseHead(item)
		if err != nil {
			var newer errNewer
			if errors.As(err, &newer) && newer <= formatVersion {
				t.Errorf("version %d is not newer", newer)
			}
			return
		}
		body := chunks
		if h.inline() {
			body = h.body
		}
		data, err := h.payload(body)
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("the error holds bytes of the item: %q", err)
			}
			return
		}
		if len(data) > MaxPayload || sha256.Sum256(data) != h.sum {
			t.Errorf("accepted %d bytes that the checksum does not vouch for", len(data))
		}
	})
}
