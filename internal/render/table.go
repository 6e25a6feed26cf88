package render

import "strings"

// Layout of the claims table, in columns of the terminal.
const (
	wideTerminal = 100 // from here on claim, value and meaning stand side by side
	gap          = "  "
	maxName      = 28 // of longer names, such as extension_… ones, the row is moved to the right or the name wrapped
	minValue     = 41 // a time, which a longer value must not make wrap
	maxLineValue = 48 // beyond that a value pushes its own meaning to the right only
)

// header names the columns.
func header() ClaimRow { return ClaimRow{"CLAIM", "VALUE", "MEANING"} }

// writeLines is for pipes: one row is one line, complete, in columns as far as that goes.
func writeLines(b *strings.Builder, rows []ClaimRow) {
	name, value := columns(rows)
	value = min(value, maxLineValue)
	for _, r := range append([]ClaimRow{header()}, rows...) {
		line := pad(r.Name, name) + gap + pad(r.Value, value) + gap + r.Meaning
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// writeStacked is for narrow terminals: name and value on a line, the meaning indented below.
func writeStacked(b *strings.Builder, rows []ClaimRow, width int, s style) {
	name, _ := columns(rows)
	indent := min(name, width/3)
	h := header()
	b.WriteString(s.faint(pad(h.Name, indent)+gap+h.Value+", meaning below") + "\n")
	for _, r := range rows {
		writeHanging(b, s.bold, r.Name, r.Value, indent, width)
		for _, line := range wrap(r.Meaning, width-4) {
			b.WriteString("    " + s.faint(line) + "\n")
		}
	}
}

// writeColumns is for wide terminals: three columns, cells wrapped within theirs.
func writeColumns(b *strings.Builder, rows []ClaimRow, width int, s style) {
	name, value := columns(rows)
	value = min(value, max(minValue, (width-name)/2))
	meaning := width - name - value - 2*len(gap)
	h := header()
	b.WriteString(s.faint(pad(h.Name, name)+gap+pad(h.Value, value)+gap+h.Meaning) + "\n")
	for _, r := range rows {
		cells := [3][]string{wrap(r.Name, name), wrap(r.Value, value), wrap(r.Meaning, meaning)}
		for i := range max(len(cells[0]), len(cells[1]), len(cells[2])) {
			line := s.bold(pad(at(cells[0], i), name)) + gap + pad(at(cells[1], i), value)
			if note := at(cells[2], i); note != "" {
				line += gap + s.faint(note)
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
}

// writeHanging writes a name and its value in a column of its own. A name that is too long for its column has the value
// start on the next line.
func writeHanging(b *strings.Builder, paint func(string) string, name, value string, indent, width int) {
	room := max(width-indent-len(gap), 16)
	lines := wrap(value, room)
	if cells(name) > indent {
		b.WriteString(paint(name) + "\n")
	} else {
		b.WriteString(strings.TrimRight(paint(name)+pad("", indent-cells(name))+gap+at(lines, 0), " ") + "\n")
		lines = lines[min(1, len(lines)):]
	}
	for _, line := range lines {
		b.WriteString(pad("", indent) + gap + line + "\n")
	}
}

// columns measures the widest name, up to maxName, and the widest value; the header counts too.
func columns(rows []ClaimRow) (name, value int) {
	name, value = cells(header().Name), cells(header().Value)
	for _, r := range rows {
		name, value = max(name, cells(r.Name)), max(value, cells(r.Value))
	}
	return min(name, maxName), value
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}
