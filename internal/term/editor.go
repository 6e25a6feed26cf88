package term

// event is what a key means beside the text.
type event int

const (
	nothing   event = iota
	changed         // the text is another
	entered         // the line is finished
	ended           // Ctrl-D: no more input
	interrupt       // Ctrl-C
	suspend         // Ctrl-Z
	quit            // Ctrl-\
)

// editor makes a line out of the bytes of a terminal in raw mode. It knows the keys that a terminal in line mode knows, and
// bracketed paste (xterm control sequences, "Bracketed Paste Mode"), in which every byte is text.
type editor struct {
	text []byte
	// most bounds text; more is counted as one byte too many, so that whoever judges the line sees that it is too long.
	most    int
	pasting bool
	escape  []byte // a sequence that has begun
	skipLF  bool   // after a line's end
}

const (
	keyCtrlC, keyCtrlD, keyBackspace, keyLF, keyCR, keyCtrlU, keyCtrlW = 0x03, 0x04, 0x08, 0x0a, 0x0d, 0x15, 0x17
	keyCtrlZ, keyEscape, keyCtrlBackslash, keyDelete                   = 0x1a, 0x1b, 0x1c, 0x7f
	pasteBegins, pasteEnds                                             = "\x1b[200~", "\x1b[201~"
)

// feed takes one byte.
func (e *editor) feed(b byte) event {
	if len(e.escape) > 0 || b == keyEscape {
		return e.feedEscape(b)
	}
	skip := e.skipLF && b == keyLF
	e.skipLF = false
	if skip {
		return nothing
	}
	if e.pasting {
		if b == keyCR || b == keyLF {
			return nothing // copied along, or put in between by a mail
		}
		return e.add(b)
	}
	switch b {
	case keyCR, keyLF:
		e.skipLF = b == keyCR
		return entered
	case keyCtrlC:
		return interrupt
	case keyCtrlD:
		return ended
	case keyCtrlZ:
		return suspend
	case keyCtrlBackslash:
		return quit
	case keyBackspace, keyDelete:
		return e.erase()
	case keyCtrlU, keyCtrlW:
		e.text = e.text[:0]
		return changed
	}
	return e.add(b)
}

// feedEscape takes a byte of an escape sequence. Those of keys, such as the arrows, mean nothing here; within a paste, all but
// its end are text.
func (e *editor) feedEscape(b byte) event {
	if b == keyEscape && len(e.escape) > 0 {
		e.dropEscape()
	}
	e.escape = append(e.escape, b)
	switch n := len(e.escape); {
	case n == 1:
		return nothing
	case n == 2 && b == '[' || n == 2 && b == 'O':
		return nothing
	case n > 2 && (b < 0x40 || b > 0x7e) && n < 16: // parameters of a control sequence (ECMA-48 section 5.4)
		return nothing
	}
	switch string(e.escape) {
	case pasteBegins:
		e.pasting, e.escape = true, e.escape[:0]
		return nothing
	case pasteEnds:
		e.pasting, e.escape = false, e.escape[:0]
		return changed
	}
	return e.dropEscape()
}

func (e *editor) dropEscape() event {
	sequence := e.escape
	e.escape = nil
	if !e.pasting {
		if len(sequence) == 2 && sequence[1] < ' ' {
			return e.feed(sequence[1]) // Escape, and then a key
		}
		return nothing
	}
	for _, b := range sequence {
		e.add(b)
	}
	return changed
}

func (e *editor) add(b byte) event {
	if len(e.text) <= e.most {
		e.text = append(e.text, b)
	}
	return changed
}

// erase takes the last character away.
func (e *editor) erase() event {
	n := len(e.text)
	for n > 0 {
		n--
		if e.text[n]&0xc0 != 0x80 { // not the continuation of a character (RFC 3629)
			break
		}
	}
	e.text = e.text[:n]
	return changed
}

// take returns the line and begins another.
func (e *editor) take() string {
	text := string(e.text)
	e.text = e.text[:0]
	return text
}
