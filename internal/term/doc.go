// Package term knows the terminal: the three streams, what each can show, colours, and how to ask a person.
//
// The rules of the terminal interface:
//   - stdout carries results and nothing else; whatever is said to a person goes to stderr, prompts and URLs too.
//   - A stream that is not a terminal gets no colour, no prompt and no wrapping.
//   - Messages are lower case and end without a full stop; the most important line comes last.
//   - Text from outside (claims, errors of the tenant, file content) never commands the terminal. Both streams are a Writer,
//     which spells out what would; Plain does so for text that has to stay one line; Data gives programs the bytes as they
//     are. Only Styled text, which is ours, holds escape sequences.
package term
