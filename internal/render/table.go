package render

import "strings"

// Layout of the claims table, in columns of the terminal.
const (
	wideTerminal = 100 // from here on claim, value and meaning stand side by side
	gap          = "  "
	maxName      = 28 // longer names, such as extension_… ones, move their row to the right or have a line of their own
	minValue     = 41 // a time, which a longer value must not make wrap
	maxLineValue = 48 // beyond that a value pushes its own meaning to the right only
)

// header names the columns; at a terminal the first says what the group below it is about.
func header() ClaimRow { return ClaimRow{Name: "CLAIM", Value: "VALUE", Meaning: "MEANING"} }

// groups cuts rows where what they are about changes.
func groups(rows []ClaimRow) [][]ClaimRow {
	var cut [][]ClaimRow
	for i, r := range rows {
		if i == 0 || r.Group != rows[i-1].Group {
			cut = append(cut, nil)
		}
		cut[len(cut)-1] = append(cut[len(cut)-1], r)
	}
	return cut
}

// title is the heading of a group.
func title(group []ClaimRow) string { return strings.ToUpper(group[0].Group.String()) }

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
	for i, group := range groups(rows) {
		heading := title(group)
		if i == 0 {
			heading = pad(heading, indent) + gap + header().Value + ", meaning below"
		} else {
			b.WriteString("\n")
		}
		b.WriteString(s.faint(heading) + "\n")
		for _, r := range group {
			writeHanging(b, s.bold, r.Name, r.Value, indent, width)
			for _, line := range wrap(r.Meaning, width-4) {
				b.WriteString("    " + s.faint(line) + "\n")
			}
		}
	}
}

// writeColumns is for wide terminals: three columns, values and meanings wrapped within theirs. A name is never broken: one
// that is too long for its column has a line of its own.
func writeColumns(b *strings.Builder, rows []ClaimRow, width int, s style) {
	name, value := columns(rows)
	value = min(value, max(minValue, (width-name)/2))
	meaning := width - name - value - 2*len(gap)
	h := header()
	for i, group := range groups(rows) {
		heading := title(group)
		if i == 0 {
			heading = pad(heading, name) + gap + pad(h.Value, value) + gap + h.Meaning
		} else {
			b.WriteString("\n")
		}
		b.WriteString(s.faint(heading) + "\n")
		for _, r := range group {
			label := r.Name
			if cells(label) > name {
				b.WriteString(s.bold(label) + "\n")
				label = ""
			}
			values, meanings := wrap(r.Value, value), wrap(r.Meaning, meaning)
			for i := range max(1, len(values), len(meanings)) {
				line := s.bold(pad(label, name)) + gap + pad(at(values, i), value)
				if note := at(meanings, i); note != "" {
					line += gap + s.faint(note)
				}
				label = ""
				b.WriteString(strings.TrimRight(line, " ") + "\n")
			}
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
