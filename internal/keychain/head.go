package keychain

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	formatVersion = 1
	headPrefix    = "ciam" // followed by the version
	maxChunks     = 1024   // MaxPayload that does not deflate, in base64, needs 583 chunks of 2,400 bytes
)

// encoding is how a payload became text.
type encoding string

const (
	encText    encoding = "text"    // printable, as it is; see printable
	encBase64  encoding = "base64"  // RFC 4648 section 4, padded
	encDeflate encoding = "deflate" // RFC 1951, then base64
)

// head is the parsed head item. slot is 'a' or 'b' and chunks > 0, or slot is '-', chunks is 0 and body is the payload.
type head struct {
	enc    encoding
	slot   byte
	chunks int
	sum    [sha256.Size]byte // of the payload
	body   string
}

func (h head) inline() bool { return h.slot == '-' }

func (h head) String() string {
	return fmt.Sprintf("%s%d:%s:%c:%d:%s:%s", headPrefix, formatVersion, h.enc, h.slot, h.chunks,
		base64.RawURLEncoding.EncodeToString(h.sum[:]), h.body)
}

// errNewer carries the version of an item this program cannot read.
type errNewer int

func (e errNewer) Error() string { return fmt.Sprintf("format %d", int(e)) }

// parseHead reads a head item. It returns errNewer for a later version, and otherwise an error that says what is malformed.
func parseHead(item string) (head, error) {
	f := strings.SplitN(item, ":", 6)
	digits, ok := strings.CutPrefix(f[0], headPrefix)
	version, err := strconv.ParseUint(digits, 10, 31)
	if !ok || err != nil || version == 0 {
		return head{}, errors.New("it does not begin with a format version")
	}
	if version > formatVersion {
		return head{}, errNewer(version)
	}
	if len(f) != 6 {
		return head{}, fmt.Errorf("it has %d fields, expected 6", len(f))
	}
	h := head{enc: encoding(f[1]), body: f[5]}
	if h.enc != encText && h.enc != encBase64 && h.enc != encDeflate {
		return head{}, errors.New("its encoding is unknown")
	}
	if h.chunks, err = strconv.Atoi(f[3]); err != nil || h.chunks < 0 || h.chunks > maxChunks {
		return head{}, errors.New("its number of chunks is not valid")
	}
	switch {
	case f[2] == "-" && h.chunks == 0:
	case (f[2] == "a" || f[2] == "b") && h.chunks > 0 && h.body == "":
	default:
		return head{}, errors.New("its slot does not fit its number of chunks")
	}
	h.slot = f[2][0]
	sum, err := base64.RawURLEncoding.Strict().DecodeString(f[4])
	if err != nil || len(sum) != len(h.sum) {
		return head{}, errors.New("its checksum is malformed")
	}
	copy(h.sum[:], sum)
	return h, nil
}

// payload decodes body, which is the head's own or its joined chunks, and checks it against the checksum. It never gives
// back nor inflates more than MaxPayload.
func (h head) payload(body string) ([]byte, error) {
	data, err := decode(h.enc, body)
	if err != nil {
		return nil, err
	}
	if len(data) > MaxPayload {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxPayload)
	}
	if sha256.Sum256(data) != h.sum {
		return nil, errors.New("its checksum does not match")
	}
	return data, nil
}

func decode(enc encoding, body string) ([]byte, error) {
	if enc == encText {
		return []byte(body), nil
	}
	// Incompressible data grows a little in DEFLATE, and by a third in base64.
	if len(body) > 2*MaxPayload {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxPayload)
	}
	data, err := base64.StdEncoding.Strict().DecodeString(body)
	if err != nil {
		return nil, errors.New("it is not valid base64")
	}
	if enc == encBase64 {
		return data, nil
	}
	data, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), MaxPayload+1))
	if err != nil {
		return nil, errors.New("it does not inflate")
	}
	return data, nil
}

// plain returns the payload as text that needs no decompression.
func plain(data []byte) (encoding, string) {
	if printable(data) {
		return encText, string(data)
	}
	return encBase64, base64.StdEncoding.EncodeToString(data)
}

// printable reports whether every keychain gives the bytes back as they are. gnome-keyring keeps a keyring without a password
// as a key file, writes secrets into it raw and reads them with escapes: a line break makes the whole keyring unreadable
// (GNOME/gnome-keyring issue 147), a backslash loses the item. Others store text, so it must be UTF-8, and some trim spaces.
func printable(data []byte) bool {
	for _, c := range data {
		if c < ' ' || c == '\\' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(data) && !bytes.HasSuffix(data, []byte(" "))
}

func deflated(data []byte) (string, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(data); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// layout decides how to store a payload: the head, and the chunks, none when the payload is inline. The head's slot is left
// to the caller when there are chunks. inline and chunk are the sizes in bytes that the platform's items allow.
func layout(data []byte, inline, chunk int) (head, []string, error) {
	h := head{slot: '-', sum: sha256.Sum256(data)}
	if len(data) <= inline {
		h.enc, h.body = plain(data)
		if len(h.String()) <= inline {
			return h, nil, nil
		}
	}
	body, err := deflated(data)
	if err != nil {
		return head{}, nil, fmt.Errorf("deflate: %w", err)
	}
	h.enc, h.body = encDeflate, body
	if len(h.String()) <= inline {
		return h, nil, nil
	}
	var chunks []string
	for ; len(body) > chunk; body = body[chunk:] {
		chunks = append(chunks, body[:chunk])
	}
	h.body, h.chunks = "", len(chunks)+1
	return h, append(chunks, body), nil
}
