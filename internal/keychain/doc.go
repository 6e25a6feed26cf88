// Package keychain keeps a few kilobytes per profile in the operating system's keychain, in memory, or in a sealed file.
//
// # Stores
//
//   - [OS]: Secret Service (Linux, BSD) over D-Bus, Credential Manager (Windows) through go-keyring, Keychain (macOS) through
//     its program security(1). The items are where go-keyring keeps them, and look alike.
//   - [Memory]: gone with the process; can imitate the size limits of Windows and macOS.
//   - [File]: one encrypted and authenticated file per profile, under a key file or a passphrase. It has no plain-text mode.
//   - [Unsealed]: plain files, for the embedded tenant's tokens alone.
//
// # Layout of a keychain entry
//
// Each profile has a head item, named like the profile, under the service "ciam":
//
//	ciam1:<encoding>:<slot>:<chunks>:<sha256>:<body>
//
// The encoding is text, base64 or deflate (raw DEFLATE, then base64); items are always one printable line because some
// keychains keep nothing else. The checksum is over the decoded payload. A payload that fits the platform's item is the head's body: one item,
// one read. A larger one is deflated and cut into chunks "<profile>/a.0", "<profile>/a.1"… The slots a and b alternate, and
// the head, which names the slot to read, is written last: a reader or a crash in the middle of a write sees the old payload.
//
// # Locks
//
// Get needs no lock: it notices a write in progress by the checksum and reads again. Set and Delete of one name must not run
// at the same time: the caller holds its lock across them, and calls Settle before it lets go.
//
// # Errors
//
// [ErrNotFound]; *[UnavailableError] with a [State], a message and the next step; *[CorruptError]; *[NewerError];
// [ErrName]. Errors never hold stored bytes.
package keychain
