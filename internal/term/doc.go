// Package term knows the terminal: the three streams, what each can show, colours, and how to ask a person.
//
// The rules of the terminal interface:
//   - stdout carries results and nothing else; whatever is said to a person goes to stderr, prompts and URLs too.
//   - A stream that is not a terminal gets no colour, no prompt and no wrapping.
//   - Messages are lower case and end without a full stop; the most important line comes last.
//   - Text from outside (claims, errors of the tenant, file content) never commands the terminal. Both streams are a Writer,
//     which spells out what would; Plain does so for text that has to stay one line; Data gives programs the bytes as they
//     are. Only Styled text, which is ours, holds escape sequences.
//
// # The voice
//
// All that the program says keeps to these, whichever command says it:
//   - The first line says what is going on and the last one what to do next. A line holds one fact, fits 80 columns, and no fact
//     comes twice.
//   - The tone is calm and plain: nothing is exclaimed, begged for, excused or praised. What did not work is told as what it is
//     ("port 3000 is taken"), not as an attempt that came to nothing.
//   - What is the person's own, such as a name, a tenant, a port or a file, stands in the sentence where it belongs, not behind a
//     colon at its end.
//   - An error has three parts: what happened, in plain words; the cause, in the words of the system or the tenant; one next
//     step that works, as a hint. Identifiers for Microsoft's support come last, faint.
//   - A hint is a command between backticks, which can be pasted as it stands and which a test has run, or a place in the
//     admin center, as a path with " > ".
//   - Progress is a line that changes, see Status; a log, where nothing can change, gets a line for each step.
//   - Marks lead the eye: ✓ done, ! look here, ✗ not so; + ~ − for what is added, changed, removed. The words say it all
//     without them, since there may be no colour, and a screen reader.
//
// TestTexts_voice in cmd/ciam finds the words that do not belong; the rest is for whoever reviews.
package term
