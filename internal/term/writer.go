package term

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Writer is the way to stdout or stderr. Whatever is written, whoever made it, the stream gets nothing that a terminal would
// act on but line feeds and tabs: the rest is spelled out, as in \u001b. JSON means the same afterwards. A stream that is no
// terminal is treated alike, since what is written to a log is shown at a terminal later. What has to get past it is Styled,
// or Data. Each Write is one write of the stream.
type Writer struct{ stream io.Writer }

// NewWriter returns a Writer to a stream.
func NewWriter(stream io.Writer) *Writer { return &Writer{stream} }

// Write implements io.Writer.
func (w *Writer) Write(text []byte) (int, error) {
	if _, err := w.stream.Write(Clean(text)); err != nil {
		return 0, err
	}
	return len(text), nil
}

// stream is what is behind w.
func stream(w io.Writer) io.Writer {
	if clean, ok := w.(*Writer); ok {
		return clean.stream
	}
	return w
}

// Styled is text that may hold this program's own colours. All else in it is clean: it is made by Streams, from text that is
// cleaned then. Whoever makes it otherwise answers for every byte.
type Styled string

// Whole is text, cleaned, that no line is broken in: a command or an address.
func Whole(text string) Styled { return Styled(Plain(text)) }

// Print writes styled text to w, past a Writer's cleaning.
func Print(w io.Writer, text Styled) error {
	_, err := io.WriteString(stream(w), string(text))
	return err
}

// Say tells the person something on stderr: a line made as by fmt.Sprintf. The arguments are cleaned, each to one line, but
// for those that are Styled; format is our own, in the voice of the package comment. An error of stderr is dropped: there is nobody left to tell.
func (s *Streams) Say(format string, args ...any) {
	clean := make([]any, len(args))
	for i, a := range args {
		clean[i] = argument{a}
	}
	text := Wrap(fmt.Sprintf(format, clean...), s.ErrProse, 2)
	_ = Print(s.Err, Styled(strings.ReplaceAll(text, string(keep), " ")+"\n"))
}

// Print writes text of any number of lines to stdout, cleaned.
func (s *Streams) Print(text string) error {
	_, err := io.WriteString(s.Out, text)
	return err
}

// Show is Say for a line that has to stay whole, such as a command.
func (s *Streams) Show(line string) { _ = Print(s.Err, Styled(Plain(line)+"\n")) }

// argument prints what it holds, cleaned.
type argument struct{ value any }

// Format implements fmt.Formatter, for every verb.
func (a argument) Format(f fmt.State, verb rune) {
	text := fmt.Sprintf(fmt.FormatString(f, verb), a.value)
	if _, ours := a.value.(Styled); ours {
		text = strings.ReplaceAll(text, " ", string(keep))
	} else {
		text = Plain(text)
	}
	io.WriteString(f, text)
}

// Data returns stdout for bytes that are somebody else's, such as the answer of an API or the value of a claim: at a terminal
// they are cleaned, and a program that reads them gets them as they are. Flush it at the end.
func (s *Streams) Data() *Data { return &Data{stream: stream(s.Out), exact: !s.OutTTY} }

// Data is what Streams.Data returns.
type Data struct {
	stream io.Writer
	exact  bool
	held   []byte // what may be the beginning of a character or of a line's end
}

// Write implements io.Writer.
func (d *Data) Write(data []byte) (int, error) {
	if d.exact {
		return d.stream.Write(data)
	}
	text := append(d.held, data...)
	end := len(text) - unfinished(text)
	d.held = bytes.Clone(text[end:])
	if _, err := d.stream.Write(Clean(text[:end])); err != nil {
		return 0, err
	}
	return len(data), nil
}

// unfinished is the number of bytes at the end of text that the next ones may belong to.
func unfinished(text []byte) int {
	if bytes.HasSuffix(text, []byte("\r")) {
		return 1
	}
	for back := 1; back <= min(len(text), utf8.UTFMax-1); back++ {
		if last := text[len(text)-back:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return back
		}
	}
	return 0
}

// Flush writes what was held back.
func (d *Data) Flush() error {
	held := d.held
	d.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := d.stream.Write(Clean(held))
	return err
}

// ChildOut and ChildErr are stdout and stderr for a program that is run: the streams themselves, so that it sees the terminal
// that is there, and outlives this one where it has to. The program is the person's own choice.
func (s *Streams) ChildOut() io.Writer {
	w := stream(s.Out)
	if watched, ok := w.(*watched); ok {
		return watched.Writer
	}
	return w
}

// Watch returns the same streams with failed told of each write to Out that fails; it returns the error for the writer.
func (s *Streams) Watch(failed func(error) error) *Streams {
	c := *s
	c.Out = NewWriter(&watched{stream(s.Out), failed})
	return &c
}

// watched is a stream whose failures are told of.
type watched struct {
	io.Writer
	failed func(error) error
}

// Write implements io.Writer.
func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		err = w.failed(err)
	}
	return n, err
}

// ChildErr is like ChildOut.
func (s *Streams) ChildErr() io.Writer {
	w := stream(s.Err)
	if l, ok := w.(*live); ok {
		return l.screen
	}
	return w
}
